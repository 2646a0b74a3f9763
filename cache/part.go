package cache

import (
	"cmp"
	"context"
	"io"
	"slices"

	"hedge/httpmsg"
)

// maxParts bounds the parts of an entry.
const maxParts = 64

// part stores a part of a representation, beside those that are stored already if they
// are surely of the same one (RFC 9111 §3.3, §3.4). Those who wait in a flight have asked
// for the whole: nobody has asked for a part then.
func (x *Exchange) part(ctx context.Context, res *httpmsg.Response, clock requestClock, caching *httpmsg.Caching, why httpmsg.Unstorable, f *flown) *httpmsg.Response {
	r, size, ok := httpmsg.ParseContentRange(res.Header.Get("Content-Range"))
	unasked := f != nil || !x.req.Header.Has("Range") && x.partial.entry == nil
	if why == "" && (unasked || !ok || size < 0 || r.Length == 0 || res.Body == nil || res.ContentLength != r.Length) {
		why = httpmsg.UnstorableStatus
	}
	if why != "" {
		return x.unstored(ctx, res, why, f)
	}
	meta := metaOf(x.policy, x.req, res, caching, clock.at, x.cache.cfg.Now(), clock.epoch)
	meta.Status, meta.Size, meta.Parts = 200, size, []httpmsg.ByteRange{r}
	meta.Header.Del("Content-Range")
	if x.partial.entry == nil && x.sliceable(meta) {
		return x.sliced(ctx, res, meta, r, f)
	}
	fl := x.open(ctx, meta, res)
	if fl == nil {
		return x.unstored(ctx, res, "no room", nil)
	}
	store := x.cache.cfg.Store
	ctx = context.WithoutCancel(ctx)
	fl.commit = func(f *fill, meta *Meta) error { return commitPart(ctx, store, f, meta) }
	x.status.stored = true
	return x.deliverFill(ctx, fl, fl.start())
}

// commitPart stores what a fill has brought together with the parts that are there.
func commitPart(ctx context.Context, store Store, f *fill, meta *Meta) error {
	old, err := store.Get(ctx, f.key)
	if err != nil || old == nil {
		return f.writer.Commit(meta)
	}
	defer func() { _ = old.Close() }()
	if !combinable(old.Meta, meta) {
		return f.writer.Commit(meta)
	}
	if old.Meta.Parts == nil {
		return confirm(ctx, store, old, meta)
	}
	joined := *meta
	pieces := piecesOf(old, f)
	joined.Length, joined.Parts = 0, nil
	for _, p := range pieces {
		joined.Length += p.Length
		joined.Parts = appendPart(joined.Parts, p.ByteRange)
	}
	if len(joined.Parts) > maxParts {
		return f.writer.Commit(meta)
	}
	if len(joined.Parts) == 1 && joined.Length == joined.Size {
		joined.Parts = nil // it is the whole
	}
	w, err := store.Put(ctx, f.key, joined.Length)
	if err != nil {
		return f.writer.Commit(meta)
	}
	defer w.Release()
	for _, p := range pieces {
		if err = copyPiece(w, p); err != nil {
			w.Abort()
			return err
		}
	}
	return w.Commit(&joined)
}

// confirm has what is stored whole say what an answer with a part of it says, if that has come
// later: it has been found right (RFC 9111 §3.4). The part itself is there already.
func confirm(ctx context.Context, store Store, whole *Entry, part *Meta) error {
	old := whole.Meta
	if old.Epoch > part.Epoch || !old.Received.Before(part.Received) {
		return nil
	}
	fresh := *part
	fresh.ContentID, fresh.Trailer = old.ContentID, old.Trailer
	fresh.Length, fresh.Size, fresh.Parts, fresh.Slice = old.Length, old.Size, nil, old.Slice
	return store.Change(ctx, whole, &fresh)
}

// combinable reports whether two answers are of the same representation, wholly or in part:
// both have the same strong validator (RFC 9110 §15.3.7.3).
func combinable(old, fresh *Meta) bool {
	a, b := httpmsg.ValidatorsOf(&old.Header), httpmsg.ValidatorsOf(&fresh.Header)
	return old.Status == fresh.Status && old.Size == fresh.Size && a.ETag.EqualStrong(b.ETag) && old.Epoch >= fresh.Epoch
}

// piece is a part of the representation, and where its bytes are.
type piece struct {
	httpmsg.ByteRange
	read io.ReaderAt
	at   int64 // of its first byte in read
}

// piecesOf takes what is new, and what is stored beside it, in order.
func piecesOf(old *Entry, f *fill) []piece {
	fresh := f.meta.Parts[0]
	pieces := []piece{{fresh, f.writer, 0}}
	end, at := fresh.Start+fresh.Length, int64(0)
	for _, p := range old.Meta.Parts {
		if before := min(p.Start+p.Length, fresh.Start) - p.Start; before > 0 {
			pieces = append(pieces, piece{httpmsg.ByteRange{Start: p.Start, Length: before}, contentAt{old.Content}, at})
		}
		if from := max(p.Start, end); from < p.Start+p.Length {
			pieces = append(pieces, piece{httpmsg.ByteRange{Start: from, Length: p.Start + p.Length - from}, contentAt{old.Content}, at + from - p.Start})
		}
		at += p.Length
	}
	slices.SortFunc(pieces, func(a, b piece) int { return cmp.Compare(a.Start, b.Start) })
	return pieces
}

// appendPart appends a part, to the last one if they touch.
func appendPart(parts []httpmsg.ByteRange, p httpmsg.ByteRange) []httpmsg.ByteRange {
	if last := len(parts) - 1; last >= 0 && parts[last].Start+parts[last].Length == p.Start {
		parts[last].Length += p.Length
		return parts
	}
	return append(parts, p)
}

func copyPiece(w io.Writer, p piece) error {
	_, err := io.Copy(writerOnly{w}, io.NewSectionReader(p.read, p.at, p.Length))
	return err
}

// writerOnly hides what else a Writer has from io.Copy.
type writerOnly struct{ io.Writer }

// contentAt reads content as io.ReaderAt.
type contentAt struct{ content Content }

// ReadAt implements io.ReaderAt for places within the content.
func (c contentAt) ReadAt(p []byte, off int64) (int, error) {
	body := c.content.Section(httpmsg.ByteRange{Start: off, Length: int64(len(p))})
	defer func() { _ = body.Close() }()
	return io.ReadFull(body, p)
}

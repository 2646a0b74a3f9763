package cache

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strconv"

	"hedge"
	"hedge/httpmsg"
)

// What is large is stored in slices, which are entries of their own, behind an entry that
// has the metadata and no content. A slice is asked for when somebody reads it who gets
// that far, so that a jump does not bring all that lies behind it, nothing is copied to
// join parts, and what is not looked at any more makes room without the rest.

const (
	sliceBytes = 1 << 20
	slicedFrom = 8 << 20
)

// sliceable reports whether an answer is stored in slices: it is large, and has a tag that
// tells every byte apart, by which slices that come one by one are of one representation
// (RFC 9110 §8.8.3, RFC 9111 §3.4).
func (x *Exchange) sliceable(m *Meta) bool {
	tag := httpmsg.ValidatorsOf(&m.Header).ETag
	return x.req.Method == "GET" && m.Size >= x.cache.cfg.SlicedFrom && tag.Set && !tag.Weak
}

// rangesAccepted reports whether an origin says that it answers with parts (RFC 9110
// §14.3).
func rangesAccepted(res *httpmsg.Response) bool {
	return httpmsg.EqualFold(res.Header.Get("Accept-Ranges"), "bytes")
}

// sliced stores an answer, whole or a part, in slices as the client reads it.
func (x *Exchange) sliced(ctx context.Context, res *httpmsg.Response, meta *Meta, part httpmsg.ByteRange, f *flown) *httpmsg.Response {
	meta.Slice, meta.Length, meta.Parts = x.cache.cfg.SliceBytes, 0, nil
	meta.ContentID = x.cache.cfg.Random()
	key, post, ok := x.signpost(ctx, meta)
	if !ok || !x.cache.erect(ctx, key, meta) {
		return x.unstored(ctx, res, "no room", f)
	}
	if x.version.over() {
		x.cache.remove(ctx, key)
	}
	x.cache.passed.unmark(&x.key)
	x.key, x.post = key, post
	x.status.stored, x.status.ttl, x.status.hasTTL = true, meta.Lifetime-meta.AgeThen, true
	rest := &remainder{body: res.Body, at: part.Start, end: part.Start + part.Length, users: 1, cancel: func() {}}
	if f != nil {
		rest.cancel = f.cancel
	}
	x.land(f, outcome{kind: flightSliced})
	if own := x.conditioned(res); own != res {
		rest.release()
		return x.tell(own)
	}
	// The context of a flight ends with the answer: who reads on is not to end with it.
	res.Body, res.ContentLength, res.Trailer = x.slices(context.WithoutCancel(ctx), meta).from(rest), part.Length, nil
	return x.tell(res)
}

// slicing is content that is stored in slices, or is still to come. It is a Content, whose
// sections ask the origin for what is missing.
type slicing struct {
	cache  *Cache
	policy *Policy
	ctx    context.Context
	req    *httpmsg.Request
	next   httpmsg.RoundTripper
	key    Key   // of the entry that has the metadata
	meta   *Meta // of that
}

// slices returns the content of an entry that is the exchange's. If what the client wants
// first is missing, the answer is no hit.
func (x *Exchange) slices(ctx context.Context, m *Meta) *slicing {
	s := &slicing{cache: x.cache, policy: x.policy, ctx: ctx, req: x.req, next: x.next, key: x.key, meta: m}
	if x.status.reason == ReasonHit && x.req.Method == "GET" && !s.stored(ctx, s.slice(s.first(&x.req.Header))) {
		x.status.reason = ReasonMissPartial
	}
	return s
}

// first returns the first byte that a request is about.
func (s *slicing) first(req *httpmsg.Header) int64 {
	if ranges, verdict := httpmsg.ParseRange(req.Joined("Range"), s.meta.Size); verdict == httpmsg.RangePartial {
		return ranges[0].Start
	}
	return 0
}

// slice returns the slice that has a byte.
func (s *slicing) slice(at int64) httpmsg.ByteRange {
	length := int64(s.meta.Slice)
	start := at / length * length
	return httpmsg.ByteRange{Start: start, Length: min(length, s.meta.Size-start)}
}

// keyOf is where a slice is. As long as the content is the same, so is this.
func (s *slicing) keyOf(slice httpmsg.ByteRange) Key {
	b := append([]byte("slice "), s.key[:]...)
	b = binary.LittleEndian.AppendUint64(b, s.meta.ContentID)
	return s.key.beside(binary.LittleEndian.AppendUint64(b, uint64(slice.Start)))
}

func (s *slicing) stored(ctx context.Context, slice httpmsg.ByteRange) bool {
	entry, err := s.cache.cfg.Store.Get(ctx, s.keyOf(slice))
	if err != nil || entry == nil {
		return false
	}
	_ = entry.Close()
	return true
}

// Section implements Content.
func (s *slicing) Section(part httpmsg.ByteRange) io.ReadCloser {
	return s.reader(part.Start, part.Start+part.Length)
}

// Close implements Content.
func (s *slicing) Close() error { return nil }

// from returns what an answer has that is on its way, which is stored as it comes.
func (s *slicing) from(rest *remainder) *sliceReader {
	r := s.reader(rest.at, rest.end)
	r.rest = rest
	return r
}

// ask asks the origin for a slice.
func (s *slicing) ask(ctx context.Context, slice httpmsg.ByteRange) (io.ReadCloser, error) {
	out := s.req.Clone()
	out.Interim = nil
	s.policy.Key.shape(out)
	out.Header.DelFunc(func(f httpmsg.Field) bool { return conditionField(f.Name) })
	out.Header.Add("Range", "bytes="+strconv.FormatInt(slice.Start, 10)+"-"+strconv.FormatInt(slice.Start+slice.Length-1, 10))
	out.Header.Add("If-Range", s.meta.Header.Get("ETag"))
	res, err := s.next.RoundTrip(ctx, out)
	if err != nil {
		return nil, err
	}
	r, size, ok := httpmsg.ParseContentRange(res.Header.Get("Content-Range"))
	tag := httpmsg.ValidatorsOf(&res.Header).ETag
	if res.Status == 206 && ok && r == slice && size == s.meta.Size && res.ContentLength == r.Length && tag.EqualStrong(httpmsg.ValidatorsOf(&s.meta.Header).ETag) {
		return res.Body, nil
	}
	res.CloseBody()
	switch res.Status {
	case 200, 206, 404, 410, 416: // which say what is there now, or that there is nothing
		s.drop(ctx)
		return nil, errChanged()
	}
	var cause error
	if res.Status < 500 {
		cause = errRefused
	}
	return nil, hedge.Wrap(cause, hedge.OutcomeOriginMalformed, "the origin answers with the status %d to a request for a part of what it has", res.Status)
}

// errRefused says that an origin does not answer this client, by whose credentials a slice
// was asked for. Others may have it.
var errRefused = errors.New("cache: the origin refuses the client a part of what it has")

// errChanged says that an answer cannot go on, as what it is of has been replaced.
func errChanged() error {
	return hedge.Errorf(hedge.OutcomeOriginMalformed, "what the origin has at this address was replaced while it was being delivered")
}

// drop removes the entry of what the origin has replaced. The slices cannot be found any
// more then.
func (s *slicing) drop(ctx context.Context) {
	store := s.cache.cfg.Store
	entry, err := store.Get(ctx, s.key)
	if err != nil || entry == nil {
		return
	}
	defer func() { _ = entry.Close() }()
	if entry.Meta.ContentID == s.meta.ContentID {
		_ = store.Change(ctx, entry, nil) // ErrReplaced: what is there now is newer
	}
}

package cache

import (
	"context"
	"errors"
	"io"
	"math"
	"strconv"

	"hedge/httpmsg"
)

// Errors of Values.
var (
	// ErrNoInteger says that the value to be counted up is none.
	ErrNoInteger = errors.New("cache: the value is not an integer")
	// ErrOverflow says that a number is beyond those that JavaScript has exactly.
	ErrOverflow = errors.New("cache: the number is too large")
)

// Set stores what content yields, of which there is as much as size says, -1 if that is not
// known; and reports whether it has, which OnlyIfEmpty may forbid. It finds the value that
// was there until it returns. An error of the content, or ErrTooLarge, leaves that as it
// is.
func (v *Values) Set(ctx context.Context, name string, kind Kind, content io.Reader, size int64, o ValueOptions) (stored bool, err error) {
	key, clock := v.key(name), v.cache.clock()
	if o.OnlyIfEmpty && v.has(ctx, &key) {
		return false, nil
	}
	w, err := writeTo(ctx, &v.cache.cfg, &key, content, size)
	if err != nil {
		return false, err
	}
	defer w.Release()
	lock := v.cache.locks.of(&key)
	lock.Lock()
	defer lock.Unlock()
	if o.OnlyIfEmpty && v.has(ctx, &key) {
		w.Abort()
		return false, nil
	}
	v.cache.computations.supersede(&key)
	return true, w.commit(v.metaOf(kind, w.n, clock, &o))
}

func (v *Values) has(ctx context.Context, key *Key) bool {
	entry, u := v.cache.look(ctx, *key)
	if entry != nil {
		_ = entry.Close()
	}
	return u == freshNow
}

func (v *Values) metaOf(kind Kind, length int64, clock requestClock, o *ValueOptions) *Meta {
	return &Meta{
		App: v.app, Tags: o.Tags, Status: int(kind), Length: length, Size: length,
		Requested: clock.at, Received: v.cache.cfg.Now(), Epoch: clock.epoch,
		Lifetime: lifetimeOf(o.TTL), StaleWhileRevalidate: o.StaleWhileRevalidate, StaleIfError: o.StaleIfError,
	}
}

// writing is a Writer that has taken content.
type writing struct {
	Writer
	n int64
}

// writeTo takes content into the store. What comes back is committed or aborted, and
// released; after an error it has been.
func writeTo(ctx context.Context, cfg *Config, key *Key, content io.Reader, size int64) (*writing, error) {
	most := cfg.ObjectBytes
	if most > 0 && size > most {
		return nil, ErrTooLarge
	}
	w, err := cfg.Store.Put(ctx, *key, size)
	if err != nil {
		return nil, err
	}
	if most > 0 {
		content = io.LimitReader(content, most+1)
	}
	n, err := io.Copy(writerOnly{w}, content)
	if err == nil && most > 0 && n > most {
		err = ErrTooLarge
	}
	if err != nil {
		w.Abort()
		w.Release()
		return nil, err
	}
	return &writing{w, n}, nil
}

func (w *writing) commit(meta *Meta) error {
	err := w.Commit(meta)
	if err != nil {
		w.Abort()
	}
	return err
}

// Increment adds by to a value that is an integer in decimal, and returns the sum. Where
// there is no value it begins at 0, and is kept as o says; else it stays as long as it
// would have. Nothing else happens to the value meanwhile.
func (v *Values) Increment(ctx context.Context, name string, kind Kind, by int64, o ValueOptions) (int64, error) {
	key, clock := v.key(name), v.cache.clock()
	lock := v.cache.locks.of(&key)
	lock.Lock()
	defer lock.Unlock()
	meta, n := v.metaOf(kind, 0, clock, &o), int64(0)
	if entry, u := v.cache.look(ctx, key); entry != nil {
		defer func() { _ = entry.Close() }()
		if u == freshNow {
			var err error
			if n, err = integerOf(entry); err != nil {
				return 0, err
			}
			own := *entry.Meta
			meta = &own
		}
	}
	if n += by; n > maxExact || n < -maxExact {
		return 0, ErrOverflow
	}
	w, err := v.cache.cfg.Store.Put(ctx, key, -1)
	if err != nil {
		return 0, err
	}
	defer w.Release()
	text := strconv.AppendInt(nil, n, 10)
	if _, err := w.Write(text); err != nil {
		w.Abort()
		return 0, err
	}
	meta.Length, meta.Size = int64(len(text)), int64(len(text))
	v.cache.computations.supersede(&key)
	return n, (&writing{w, meta.Length}).commit(meta)
}

// maxExact is the largest integer that a double has exactly, with all below.
const maxExact = 1<<53 - 1

// integerOf reads an integer, which has 17 bytes at most.
func integerOf(e *Entry) (int64, error) {
	if e.Meta.Length > 17 {
		return 0, ErrNoInteger
	}
	body := e.Section(httpmsg.ByteRange{Start: 0, Length: e.Meta.Length})
	defer func() { _ = body.Close() }()
	text, err := io.ReadAll(body)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n > math.MaxInt64/2 || n < math.MinInt64/2 {
		return 0, ErrNoInteger
	}
	return n, nil
}

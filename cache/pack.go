package cache

import (
	"context"
	"encoding/binary"
	"io"
	"runtime"
	"sync"

	"hedge/coding"
	"hedge/httpmsg"
)

// packs are contents that are being compressed. What comes of it is stored beside the
// answer that it is of, under a key that only leads there as long as that has this
// content: whether it is fresh, or purged, is the answer's business. So it is compressed
// once, also if many ask at once, and a revalidation changes nothing.
type packs struct {
	slots chan struct{} // holds one for each that is being made

	mu    sync.Mutex // guards byKey
	byKey map[Key]*fill
}

// newPacks lets half of the processors compress.
func newPacks() *packs {
	return &packs{slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), byKey: map[Key]*fill{}}
}

// packKey is where the compressed content of an answer is.
func packKey(key Key, m *Meta, coding string) Key {
	b := append([]byte("packed "), key[:]...)
	b = binary.LittleEndian.AppendUint64(b, m.ContentID)
	return key.beside(append(b, coding...))
}

// get returns content in a coding: what is stored, what is being made already, or what is
// made of source from now on; nil stands for what is not to be made. source is closed if
// ok says that there is something. The length is -1 where it is not known.
func (ps *packs) get(ctx context.Context, c *Cache, key Key, m *Meta, name string, source io.ReadCloser) (body io.ReadCloser, length int64, ok bool) {
	if body, length = storedPack(ctx, c, key); body != nil {
		closeBody(source)
		return body, length, true
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if f := ps.byKey[key]; f != nil {
		r := f.reader()
		if r == nil {
			return nil, 0, false
		}
		closeBody(source)
		return r, -1, true
	}
	if body, length = storedPack(ctx, c, key); body != nil { // somebody was done with it meanwhile
		closeBody(source)
		return body, length, true
	}
	if source == nil {
		return nil, 0, false
	}
	r := ps.begin(ctx, c, key, m, name, source)
	return r, -1, r != nil
}

// storedPack returns compressed content that is stored; nil: there is none.
func storedPack(ctx context.Context, c *Cache, key Key) (body io.ReadCloser, length int64) {
	entry, err := c.cfg.Store.Get(ctx, key)
	if err != nil || entry == nil {
		return nil, 0
	}
	defer func() { _ = entry.Close() }()
	if body = sectionOf(entry, httpmsg.ByteRange{Length: entry.Meta.Length}); body == nil {
		return nil, 0
	}
	return body, entry.Meta.Length
}

// begin compresses a source, and returns what comes of it; nil: there are too many others.
// The caller holds the lock.
func (ps *packs) begin(ctx context.Context, c *Cache, key Key, m *Meta, name string, source io.ReadCloser) *fillReader {
	select {
	case ps.slots <- struct{}{}:
	default:
		return nil
	}
	w, err := c.cfg.Store.Put(ctx, key, -1)
	if err != nil {
		<-ps.slots
		return nil
	}
	meta := &Meta{App: m.App, Host: m.Host, Target: m.Target, Status: m.Status, Requested: m.Requested, Received: m.Received, Epoch: m.Epoch}
	f := &fill{
		cache: c, key: key, meta: meta, writer: w, commit: commitWhole,
		res: &httpmsg.Response{Body: coding.Encode(name, source, coding.Uncounted{}), ContentLength: -1},
	}
	f.cancel = sync.OnceFunc(func() {
		_ = source.Close()
		<-ps.slots
	})
	f.landed = func() {
		ps.mu.Lock()
		defer ps.mu.Unlock()
		if ps.byKey[key] == f {
			delete(ps.byKey, key)
		}
	}
	r := f.start()
	if m.Length >= 0 { // it is known where that ends
		f.keep()
	}
	ps.byKey[key] = f
	return r
}

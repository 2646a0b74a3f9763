package cache

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"hedge/httpmsg"
)

// ErrDeadlock says that a value was asked for by the very call that makes it, or by one
// that this waits for.
var ErrDeadlock = errors.New("cache: the value is being made by a call that waits for it")

// ComputeError says that the call failed that made the value for others too.
type ComputeError struct{ Message string }

// Error returns the message.
func (e *ComputeError) Error() string { return e.Message }

// computations are the values that are being made, by key. Of one key there is one at a
// time.
type computations struct {
	mu    sync.Mutex // guards what follows, and what is in a Computation but its result
	byKey map[Key]*Computation
	byID  map[uint64]*Computation
	last  uint64
}

// Computation is a value that is being made, by one of those who have asked for it. It ends
// with Settle, Fail or Abandon; what comes after the first of them does nothing.
type Computation struct {
	// ID names it among those of the process.
	ID uint64

	values *Values
	name   string
	key    Key
	clock  requestClock

	superseded bool                 // what comes of it is not stored
	ended      bool                 // there is a result
	waiting    int                  // calls of others
	waits      map[*Computation]int // those that calls within it wait for

	done   chan struct{} // closed with the result, which is written before
	result computed
}

// computed is what came of a computation: content in memory, an error, or neither, and
// then those who have waited look again.
type computed struct {
	kind  Kind
	bytes []byte
	err   error
}

// Claimed is what Claim finds.
type Claimed struct {
	// Value is fresh, or stale while another one is made. nil: there is none yet.
	Value *Value
	// Lead is for the caller to make; nil: it is not.
	Lead *Computation
}

// Claim returns a value, or has the caller make it. If somebody else does, and nothing stale
// may be used, it waits for that. within are the IDs of the computations that the caller is
// a part of.
//
// Errors: a *ComputeError, ErrDeadlock, or that of ctx.
func (v *Values) Claim(ctx context.Context, name string, within []uint64) (Claimed, error) {
	key, epoch := v.key(name), v.cache.clock().epoch
	for {
		entry, u := v.cache.look(ctx, key)
		if u == freshNow {
			return Claimed{Value: valueOf(entry)}, nil
		}
		c, leader := v.begin(&key, name)
		if leader && v.has(ctx, &key) { // another one has ended since
			c.Abandon()
			discard(entry)
			continue
		}
		if u == staleNow && leader {
			return Claimed{valueOf(entry), c}, nil
		}
		if u == staleNow {
			return Claimed{Value: valueOf(entry)}, nil
		}
		discard(entry)
		if leader {
			return Claimed{Lead: c}, nil
		}
		value, err := c.await(ctx, within, epoch)
		if value != nil || err != nil {
			return Claimed{Value: value}, err
		}
	}
}

// discard closes an entry, if there is one.
func discard(entry *Entry) {
	if entry != nil {
		_ = entry.Close()
	}
}

// begin returns the computation of a key. leader: it has just begun.
func (v *Values) begin(key *Key, name string) (c *Computation, leader bool) {
	cs := &v.cache.computations
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c = cs.byKey[*key]; c != nil {
		return c, false
	}
	if cs.byKey == nil {
		cs.byKey, cs.byID = map[Key]*Computation{}, map[uint64]*Computation{}
	}
	cs.last++
	c = &Computation{ID: cs.last, values: v, name: name, key: *key, clock: v.cache.clock(), done: make(chan struct{})}
	cs.byKey[*key], cs.byID[c.ID] = c, c
	return c, true
}

// Computation returns one of the app's that has not ended; nil: there is none.
func (v *Values) Computation(id uint64) *Computation {
	cs := &v.cache.computations
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c := cs.byID[id]; c != nil && c.values.app == v.app {
		return c
	}
	return nil
}

// await waits for a computation of others. Neither a value nor an error: look again. That
// has to be who knows of a purge, by its epoch, that came after the computation had begun.
func (c *Computation) await(ctx context.Context, within []uint64, epoch uint64) (*Value, error) {
	cs := &c.values.cache.computations
	leave, ok := cs.wait(c, within)
	if !ok {
		return nil, ErrDeadlock
	}
	defer leave()
	select {
	case <-c.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if c.clock.epoch < epoch {
		return nil, nil
	}
	if c.result.err != nil {
		if value := c.instead(ctx); value != nil {
			return value, nil
		}
		return nil, c.result.err
	}
	if c.result.bytes != nil {
		return &Value{c.result.kind, int64(len(c.result.bytes)), inlineContent(c.result.bytes)}, nil
	}
	return nil, nil
}

// wait notes that all of within wait for c, unless c waits for one of them.
func (cs *computations) wait(c *Computation, within []uint64) (leave func(), ok bool) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	var outer []*Computation
	for _, id := range within {
		if o := cs.byID[id]; o != nil && o.values.app == c.values.app {
			outer = append(outer, o)
		}
	}
	for _, o := range outer {
		if c.leadsTo(o, map[*Computation]bool{}) {
			return nil, false
		}
	}
	c.waiting++
	for _, o := range outer {
		if o.waits == nil {
			o.waits = map[*Computation]int{}
		}
		o.waits[c]++
	}
	return func() {
		cs.mu.Lock()
		defer cs.mu.Unlock()
		c.waiting--
		for _, o := range outer {
			if o.waits[c]--; o.waits[c] <= 0 {
				delete(o.waits, c)
			}
		}
	}, true
}

// leadsTo reports whether c is o, or waits for it. The caller holds the lock.
func (c *Computation) leadsTo(o *Computation, seen map[*Computation]bool) bool {
	if c == o {
		return true
	}
	if seen[c] {
		return false
	}
	seen[c] = true
	for next := range c.waits {
		if next.leadsTo(o, seen) {
			return true
		}
	}
	return false
}

// supersede has what is being made for a key not be stored, nor waited for by anybody who
// asks from now on.
func (cs *computations) supersede(key *Key) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c := cs.byKey[*key]; c != nil {
		c.superseded = true
		delete(cs.byKey, *key)
	}
}

// end tells those who wait; false: it has ended before.
func (c *Computation) end(result computed) bool {
	cs := &c.values.cache.computations
	cs.mu.Lock()
	if c.ended {
		cs.mu.Unlock()
		return false
	}
	c.ended = true
	delete(cs.byID, c.ID)
	if cs.byKey[c.key] == c {
		delete(cs.byKey, c.key)
	}
	cs.mu.Unlock()
	c.result = result
	close(c.done)
	return true
}

// Done is closed when the computation has ended.
func (c *Computation) Done() <-chan struct{} { return c.done }

// Abandon says that nobody makes the value any more: the next one who has waited does.
func (c *Computation) Abandon() { c.end(computed{}) }

// Fail tells those who wait why there is no value. It returns a stale one that may be
// used instead, which the caller closes; nil: there is none.
func (c *Computation) Fail(ctx context.Context, message string) *Value {
	c.end(computed{err: &ComputeError{message}})
	return c.instead(ctx)
}

// instead returns a value that may be used if there is no other.
func (c *Computation) instead(ctx context.Context) *Value {
	if entry, u := c.values.cache.look(ctx, c.key); u >= onlyError {
		return valueOf(entry)
	}
	return nil
}

// SettleBytes stores what has been made, which may be too large for that, and gives it to
// those who wait.
func (c *Computation) SettleBytes(ctx context.Context, kind Kind, content []byte, o ValueOptions) {
	_ = c.store(ctx, kind, bytes.NewReader(content), int64(len(content)), o)
	if content == nil {
		content = []byte{}
	}
	c.end(computed{kind: kind, bytes: content})
}

// Settle stores what content yields. Those who wait read it from the store. An error is
// theirs too.
func (c *Computation) Settle(ctx context.Context, kind Kind, content io.Reader, size int64, o ValueOptions) (*Value, error) {
	if err := c.store(ctx, kind, content, size, o); err != nil {
		c.end(computed{err: &ComputeError{err.Error()}})
		return nil, err
	}
	c.end(computed{})
	if entry, u := c.values.cache.look(ctx, c.key); u >= onlyError {
		return valueOf(entry), nil
	}
	return nil, nil
}

// store stores what has been made, if nothing has come in between.
func (c *Computation) store(ctx context.Context, kind Kind, content io.Reader, size int64, o ValueOptions) error {
	v := c.values
	w, err := writeTo(ctx, &v.cache.cfg, &c.key, content, size)
	if err != nil {
		return err
	}
	defer w.Release()
	lock := v.cache.locks.of(&c.key)
	lock.Lock()
	defer lock.Unlock()
	if c.isSuperseded() {
		w.Abort()
		return nil
	}
	return w.commit(v.metaOf(kind, w.n, c.clock, &o))
}

func (c *Computation) isSuperseded() bool {
	cs := &c.values.cache.computations
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return c.superseded || c.ended
}

// inlineContent is content that is in no store.
type inlineContent []byte

// Section implements Content.
func (b inlineContent) Section(part httpmsg.ByteRange) io.ReadCloser {
	return httpmsg.NewBytesBody(b[part.Start : part.Start+part.Length])
}

// Close implements Content.
func (b inlineContent) Close() error { return nil }

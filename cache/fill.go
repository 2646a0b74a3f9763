package cache

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// fill is an answer on its way from the origin into the store, which any number of
// readers follow. It goes on at the origin's pace: a slow reader holds up nobody, since
// the store has what it has not read yet. Only when the store takes no more does the
// slowest reader set the pace. Who is not far behind reads what came last from memory, and
// does not depend on the store at all.
type fill struct {
	cache  *Cache
	flight *flight // nil: nobody else may join
	key    Key
	post   *Meta   // the signpost on the way to the key; nil: there is none
	meta   *Meta   // as it was when the head came
	asked  version // of what it is, when it was asked for
	res    *httpmsg.Response
	writer Writer
	cancel context.CancelFunc // of the exchange with the origin
	commit func(f *fill, meta *Meta) error
	began  time.Time // when it was asked for; zero: it comes from here
	landed func()    // nobody else can join, beside what flight says; nil: there is nothing to do

	mu      sync.Mutex
	changed *sync.Cond // of what follows
	stored  int64      // bytes in the writer
	recent  []byte     // what came last; all that is not in the writer, and has not been read by all
	since   int64      // the offset of recent
	over    bool       // all has come, or nothing will
	err     error      // why it is not whole, or is not going to be
	full    bool       // the store takes no more
	kept    bool       // it goes on without readers
	later   bool       // another answer has been asked for since, as this one was not good enough
	readers map[*fillReader]struct{}
}

// recentBytes is how much of an answer is in memory beside the store, at most, and so how far
// the origin may be ahead of the slowest reader when the store takes no more. Where stores
// have all of it in memory anyway, that of shortBytes, there is nothing beside it.
const (
	recentBytes = 256 << 10
	shortBytes  = 64 << 10
)

// start begins the fill, and returns what its first reader reads. What goes on in the
// background ends with the answer.
func (f *fill) start() *fillReader {
	f.changed = sync.NewCond(&f.mu)
	f.readers = map[*fillReader]struct{}{}
	f.kept = f.res.ContentLength >= 0 // it is known where that ends
	first := f.reader()
	f.cache.running.Go(f.pump)
	return first
}

// pumpBuffers have room for what a fill reads at once. Most answers are shorter by far: made
// anew for each, they would be most of what misses leave to the collector, whose work hits
// have to do as well.
var pumpBuffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// pump reads from the origin and stores.
func (f *fill) pump() {
	space := pumpBuffers.Get().(*[32 << 10]byte)
	defer pumpBuffers.Put(space)
	buf := space[:]
	var err error
	for err == nil {
		var n int
		n, err = f.res.Body.Read(buf)
		if n > 0 && !f.take(buf[:n]) {
			err = context.Canceled
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	f.end(err)
}

// take stores bytes, or holds them for the readers; false: nobody wants them.
func (f *fill) take(p []byte) bool {
	if !f.isFull() {
		n, err := f.writer.Write(p)
		f.mu.Lock()
		f.stored += int64(n)
		f.remember(p[:n])
		f.full = err != nil
		f.changed.Broadcast()
		f.mu.Unlock()
		if p = p[n:]; err == nil {
			return f.wanted()
		}
		f.unjoin()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.recent) >= recentBytes && len(f.readers) > 0 {
		f.trim()
		if len(f.recent) >= recentBytes {
			f.changed.Wait()
		}
	}
	f.recent = append(f.recent, p...)
	f.changed.Broadcast()
	return len(f.readers) > 0
}

func (f *fill) isFull() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.full
}

func (f *fill) wanted() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept || len(f.readers) > 0
}

// keep lets the fill go on without readers.
func (f *fill) keep() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept = true
}

// remember keeps what the writer has taken for those who are about to read it. The caller
// holds the lock.
func (f *fill) remember(p []byte) {
	if length := f.res.ContentLength; length >= 0 && length <= shortBytes {
		f.since = f.stored
		return
	}
	if len(f.recent)+len(p) > recentBytes {
		f.forget(f.since + int64(len(f.recent))/2)
	}
	f.recent = append(f.recent, p...)
}

// trim drops what all readers have read, or can read in the store. The caller holds the
// lock.
func (f *fill) trim() {
	least := f.since + int64(len(f.recent))
	for r := range f.readers {
		least = min(least, max(r.at, f.since, f.stored))
	}
	f.forget(least)
}

// forget drops what comes before a byte. The caller holds the lock.
func (f *fill) forget(before int64) {
	f.recent = append(f.recent[:0], f.recent[before-f.since:]...)
	f.since = before
}

// unjoin keeps others from joining.
func (f *fill) unjoin() {
	if f.flight != nil {
		f.cache.flights.land(f.flight)
	}
	if f.landed != nil {
		f.landed()
	}
}

// supersede has the next ones ask for another answer, whose place this one does not take.
func (f *fill) supersede() {
	f.mu.Lock()
	f.later = true
	f.mu.Unlock()
	f.unjoin()
}

// outdated reports whether what has come is not to be stored: it was purged on its way, or
// changed, or what is stored was asked for later.
func (f *fill) outdated() bool {
	if hard, _ := f.cache.purges.verdict(f.meta); hard || f.asked.over() {
		return true
	}
	f.mu.Lock()
	later := f.later
	f.mu.Unlock()
	if !later {
		return false
	}
	entry, err := f.cache.cfg.Store.Get(f.cache.ctx, f.key)
	if err != nil || entry == nil {
		return false
	}
	defer func() { _ = entry.Close() }()
	return !entry.Meta.Requested.Before(f.meta.Requested)
}

// end commits what has come, if it is whole, and lets the readers know.
func (f *fill) end(err error) {
	if length := f.res.ContentLength; err == nil && length >= 0 && f.total() != length {
		err = hedge.Errorf(hedge.OutcomeOriginReset, "the origin's answer ended after %d of %d bytes", f.total(), length)
	}
	if err == nil && !f.isFull() && !f.outdated() {
		meta := *f.meta
		meta.Length = f.stored
		if meta.Parts == nil {
			meta.Size = f.stored
		}
		if f.res.Trailer != nil {
			meta.Trailer = f.res.Trailer()
		}
		_ = f.store(&meta) // what cannot be stored has been delivered all the same
	}
	f.writer.Abort()
	f.unjoin()
	f.mu.Lock()
	f.over, f.err = true, err
	f.changed.Broadcast()
	last := len(f.readers) == 0
	f.mu.Unlock()
	f.res.CloseBody()
	f.cancel()
	if last {
		f.writer.Release()
	}
}

// store commits what has come, and counts how long that has taken.
func (f *fill) store(meta *Meta) error {
	err := f.commit(f, meta)
	if f.asked.over() { // who has changed it may have been there before
		f.cache.remove(f.cache.ctx, f.key)
	}
	if err == nil && !f.began.IsZero() {
		f.cache.cfg.Metrics.Histogram(telemetry.CacheFills, meta.App).Observe(f.cache.cfg.Now().Sub(f.began))
	}
	return err
}

func (f *fill) total() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.since + int64(len(f.recent))
}

// reader returns a body that follows the fill from its beginning; nil: it is too late.
func (f *fill) reader() *fillReader {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.full || f.over && len(f.readers) == 0 || f.err != nil {
		return nil
	}
	r := &fillReader{fill: f}
	f.readers[r] = struct{}{}
	return r
}

// fillReader is what one client reads of a fill. It keeps the rules of
// httpmsg.Request.Body.
type fillReader struct {
	fill   *fill
	at     int64 // guarded by the fill's lock
	closed bool  // likewise
	busy   bool  // likewise: it reads from the writer
}

// skip has it begin at a byte.
func (r *fillReader) skip(to int64) {
	r.fill.mu.Lock()
	defer r.fill.mu.Unlock()
	r.at = to
}

// Read waits for the next bytes.
func (r *fillReader) Read(p []byte) (int, error) {
	f := r.fill
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		switch {
		case r.closed:
			return 0, httpmsg.ErrBodyClosed
		case len(p) == 0:
			return 0, nil
		case r.at < f.since:
			return r.readStored(p)
		case r.at < f.since+int64(len(f.recent)):
			n := copy(p, f.recent[r.at-f.since:])
			r.at += int64(n)
			f.changed.Broadcast() // there may be room
			return n, nil
		case f.over && f.err != nil:
			return 0, f.err
		case f.over:
			return 0, io.EOF
		}
		f.changed.Wait()
	}
}

// readStored reads from the writer, without the lock meanwhile.
func (r *fillReader) readStored(p []byte) (int, error) {
	f, at := r.fill, r.at
	p = p[:min(int64(len(p)), f.stored-at)]
	r.busy = true
	f.mu.Unlock()
	n, err := f.writer.ReadAt(p, at)
	f.mu.Lock()
	r.busy = false
	r.at += int64(n)
	if r.closed {
		f.drop(r)
	}
	if n > 0 {
		return n, nil
	}
	return 0, hedge.Wrap(err, hedge.OutcomeException, "what was stored of the answer cannot be read back")
}

// Prepare implements Preparer.
func (r *fillReader) Prepare() error {
	f := r.fill
	f.mu.Lock()
	gone := r.at < f.since
	f.mu.Unlock()
	if !gone {
		return nil
	}
	_, err := f.writer.ReadAt(make([]byte, 1), r.at)
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Close ends the reading. A Read that waits returns.
func (r *fillReader) Close() error {
	r.fill.mu.Lock()
	defer r.fill.mu.Unlock()
	if !r.closed {
		r.closed = true
		if !r.busy {
			r.fill.drop(r)
		}
	}
	return nil
}

// drop takes a reader away. With the last one goes what was only for them. The caller
// holds the lock.
func (f *fill) drop(r *fillReader) {
	delete(f.readers, r)
	f.changed.Broadcast()
	switch {
	case len(f.readers) > 0:
	case f.over:
		f.writer.Release()
	case f.full || !f.kept:
		f.err = context.Canceled // so that nobody joins what breaks off now
		if f.flight != nil {
			f.cache.flights.land(f.flight)
		}
		f.cancel()
	}
}

// trailer returns the fields behind the answer, once it is over.
func (f *fill) trailer() httpmsg.Header {
	f.mu.Lock()
	over := f.over
	f.mu.Unlock()
	if !over || f.res.Trailer == nil {
		return httpmsg.Header{}
	}
	trailer := f.res.Trailer()
	return trailer.Clone()
}

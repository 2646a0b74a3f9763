package cache

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"hedge"
	"hedge/httpmsg"
)

// sliceReader reads slices one after the other. It keeps the rules of
// httpmsg.Request.Body.
type sliceReader struct {
	*slicing
	ctx  context.Context
	stop context.CancelFunc // of ctx
	end  int64

	tried  bool  // the slice has been opened once more; for who reads, as what follows
	failed error // of Move, for Read to tell
	at     int64

	mu     sync.Mutex // guards what follows
	cur    io.ReadCloser
	rest   *remainder // of an answer that is on its way; nil: there is none, or it is elsewhere
	closed bool
}

// reader reads from a byte on, and begins with nothing before it is asked to.
func (s *slicing) reader(start, end int64) *sliceReader {
	r := &sliceReader{slicing: s, at: start, end: end}
	r.ctx, r.stop = context.WithCancel(s.ctx)
	return r
}

// Read reads from the slice that the reader has come to. What turns out to be damaged, or
// breaks off, is asked for once more.
func (r *sliceReader) Read(p []byte) (int, error) {
	for r.failed == nil {
		cur, err := r.current()
		if err != nil {
			return 0, err
		}
		end := r.sliceEnd()
		n, err := cur.Read(p[:min(int64(len(p)), end-r.at)])
		r.at += int64(n)
		switch {
		case r.at == end:
			r.turn()
			return n, nil
		case n > 0 || len(p) == 0:
			return n, nil
		case err == nil:
		case r.tried || r.ctx.Err() != nil:
			return 0, cut(err)
		default:
			r.tried = true
			r.shut()
			r.leave()
		}
	}
	return 0, r.failed
}

// Move implements httpmsg.Mover, as far as the slices do.
func (r *sliceReader) Move(to *net.TCPConn, most int64) (int64, error) {
	cur, err := r.current()
	switch {
	case errors.Is(err, io.EOF):
		return 0, err
	case err != nil:
		r.failed = err
		return 0, nil
	}
	from, ok := cur.(httpmsg.Mover)
	if !ok {
		return 0, nil
	}
	end := r.sliceEnd()
	n, err := from.Move(to, min(most, end-r.at))
	r.at += n
	if errors.Is(err, io.EOF) && r.at < r.end {
		err = nil // it is the slice that has ended
	}
	if r.at == end {
		r.turn()
	}
	return n, err
}

// sliceEnd is where what is read of this slice ends.
func (r *sliceReader) sliceEnd() int64 {
	slice := r.slice(r.at)
	return min(r.end, slice.Start+slice.Length)
}

// turn goes on to the next slice.
func (r *sliceReader) turn() {
	r.tried = false
	r.shut()
}

// cut is what it means that a slice ends with err.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return hedge.Errorf(hedge.OutcomeOriginReset, "the origin's answer ended before its time")
	}
	return err
}

// current returns what is read from now, opened if need be.
func (r *sliceReader) current() (io.ReadCloser, error) {
	r.mu.Lock()
	cur, closed := r.cur, r.closed
	r.mu.Unlock()
	switch {
	case closed:
		return nil, httpmsg.ErrBodyClosed
	case r.at == r.end:
		return nil, io.EOF
	case cur != nil:
		return cur, nil
	}
	cur, err := r.open()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		_ = cur.Close()
		return nil, httpmsg.ErrBodyClosed
	}
	r.cur = cur
	return cur, nil
}

// shut closes what has been read.
func (r *sliceReader) shut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	closeBody(r.cur)
	r.cur = nil
}

// remaining returns the answer that is on its way; nil: there is none any more.
func (r *sliceReader) remaining() *remainder {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rest
}

// leave lets go of the answer that was on its way, once: Close may do so at the same time.
func (r *sliceReader) leave() {
	r.mu.Lock()
	rest := r.rest
	r.rest = nil
	r.mu.Unlock()
	if rest != nil {
		rest.release()
	}
}

// Close ends the reading. The slice that is on its way is stored all the same.
func (r *sliceReader) Close() error {
	defer r.leave()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	r.stop()
	closeBody(r.cur)
	return nil
}

// open returns the slice from where the reader is: from the store, from who is getting it,
// or from the origin.
func (r *sliceReader) open() (io.ReadCloser, error) {
	slice := r.slice(r.at)
	key, skip := r.keyOf(slice), r.at-slice.Start
	for {
		if body := r.fromStore(key, slice, skip); body != nil {
			return body, nil
		}
		if rest := r.remaining(); rest != nil && (skip > 0 || rest.end < slice.Start+slice.Length) {
			if body := rest.take(r.at, min(rest.end, slice.Start+slice.Length)-r.at); body != nil {
				return body, nil
			}
		}
		f, leader := r.cache.flights.join(&key, r.req.Depth, version{})
		if f == nil {
			f, leader = newFlight(key, r.req.Depth), true // nobody else gets to know of it
		}
		if leader {
			// Who had it may have stored it since this one looked.
			if body := r.fromStore(key, slice, skip); body != nil {
				r.cache.flights.end(f, outcome{kind: flightAgain})
				return body, nil
			}
			return r.lead(f, key, slice, skip)
		}
		body, err := r.follow(f, skip)
		if body != nil || err != nil {
			return body, err
		}
	}
}

// fromStore returns what is stored of a slice, from a byte on; nil: nothing.
func (r *sliceReader) fromStore(key Key, slice httpmsg.ByteRange, skip int64) io.ReadCloser {
	entry, err := r.cache.cfg.Store.Get(r.ctx, key)
	if err != nil || entry == nil {
		return nil
	}
	defer func() { _ = entry.Close() }()
	return entry.Section(httpmsg.ByteRange{Start: skip, Length: slice.Length - skip})
}

// follow reads along with who is getting a slice; nil: it has come, or has to be asked for.
func (r *sliceReader) follow(f *flight, skip int64) (io.ReadCloser, error) {
	defer r.cache.flights.leave(f)
	select {
	case <-f.done:
	case <-r.ctx.Done():
		return nil, hedge.Wrap(r.ctx.Err(), hedge.OutcomeClientGone, "nobody waits for the answer any more")
	}
	switch o := f.outcome; o.kind {
	case flightFill:
		if body := o.fill.reader(); body != nil {
			body.skip(skip)
			return body, nil
		}
	case flightFailed:
		return nil, o.err
	}
	return nil, nil
}

// lead gets a slice for all who want it, and stores it.
func (r *sliceReader) lead(f *flight, key Key, slice httpmsg.ByteRange, skip int64) (io.ReadCloser, error) {
	c := r.cache
	own, cancel := c.detach(r.ctx)
	c.flights.begin(f, cancel)
	context.AfterFunc(r.ctx, func() { c.flights.leave(f) })
	clock := c.clock()
	body, err := r.source(own, slice)
	if err != nil {
		kind := flightFailed
		if hedge.OutcomeOf(err) == hedge.OutcomeClientGone || errors.Is(err, errRefused) {
			kind = flightAgain // those who wait have clients of their own
		}
		c.flights.end(f, outcome{kind: kind, err: err})
		cancel()
		return nil, err
	}
	w, err := c.cfg.Store.Put(own, key, slice.Length)
	if err != nil {
		c.flights.end(f, outcome{kind: flightAgain})
		return skipping(body, skip, cancel)
	}
	m := r.meta
	meta := &Meta{App: m.App, Host: m.Host, Target: m.Target, Status: m.Status, Requested: clock.at, Received: c.cfg.Now(), Epoch: clock.epoch}
	fl := &fill{
		cache: c, flight: f, key: key, meta: meta, writer: w, commit: commitWhole, cancel: cancel, began: clock.at,
		res: &httpmsg.Response{Body: body, ContentLength: slice.Length},
	}
	first := fl.start()
	first.skip(skip)
	c.flights.tell(f, outcome{kind: flightFill, fill: fl})
	return first, nil
}

// source returns a slice as it comes from the origin: out of the answer that is on its way,
// if that has come to it.
func (r *sliceReader) source(ctx context.Context, slice httpmsg.ByteRange) (io.ReadCloser, error) {
	if rest := r.remaining(); rest != nil {
		if body := rest.take(slice.Start, slice.Length); body != nil {
			return body, nil
		}
	}
	r.leave()
	return r.ask(ctx, slice)
}

// skipping is a body from a byte on, which is stored nowhere.
func skipping(body io.ReadCloser, skip int64, cancel func()) (io.ReadCloser, error) {
	b := &lastly{body, cancel}
	if _, err := io.CopyN(io.Discard, body, skip); err != nil {
		_ = b.Close()
		return nil, cut(err)
	}
	return b, nil
}

// lastly is a body with something to do after its end.
type lastly struct {
	io.ReadCloser
	then func()
}

// Close closes the body.
func (b *lastly) Close() error {
	err := b.ReadCloser.Close()
	b.then()
	return err
}

// remainder is what is left of an answer from the origin. One goroutine at a time reads
// it, part after part. Who has the last part closes it.
type remainder struct {
	end    int64
	cancel context.CancelFunc // of the exchange

	mu    sync.Mutex // guards what follows
	body  io.ReadCloser
	at    int64
	users int // the reader, and the parts that are being read
	bad   bool
}

// take returns the next bytes, if they begin there; nil: it has come to another place, or
// nobody reads it any more.
func (m *remainder) take(at, length int64) io.ReadCloser {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at != at || m.bad || m.users == 0 {
		return nil
	}
	m.users++
	return &remainderPart{from: m, left: length}
}

// release says that somebody reads it no more.
func (m *remainder) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.users--; m.users == 0 {
		_ = m.body.Close()
		m.cancel()
	}
}

// remainderPart is a part of it as a body.
type remainderPart struct {
	from *remainder
	left int64
	once sync.Once
}

// Read reads from the answer.
func (p *remainderPart) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	n, err := p.from.body.Read(b[:min(int64(len(b)), p.left)])
	p.left -= int64(n)
	p.from.mu.Lock()
	defer p.from.mu.Unlock()
	p.from.at += int64(n)
	if err != nil && p.left > 0 {
		p.from.bad = true
		return n, cut(err)
	}
	return n, nil
}

// Close lets the next part be taken. What has not been read of this one ends all.
func (p *remainderPart) Close() error {
	p.once.Do(p.from.release)
	return nil
}

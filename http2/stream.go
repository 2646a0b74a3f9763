package http2

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// stream is a request under way: its context, and where its answer goes.
type stream struct {
	conn *conn
	id   uint32
	req  httpmsg.Request
	body body

	refusal *httpmsg.Refusal
	// connect says that nothing but DATA may follow (RFC 9113 §8.5). It is the reader's.
	connect bool

	// What follows is guarded by conn.mu.

	window int64 // that the client has opened for the answer, in bytes; may be negative
	// halfClosed says that the client has sent everything; closed, that nothing may be
	// written any more: the client has reset the stream, or we have.
	halfClosed bool
	closed     bool
	begun      bool // the answer's head has been written
	// goAway ends what the stream was switched to; nil if it was not.
	goAway func()
	done   bool // the answer has been written as a whole

	canceling sync.Mutex // guards what follows
	canceled  chan struct{}
	err       error
	after     map[*afterwards]struct{}
}

// afterwards is a function that waits for the end of a context.
type afterwards struct{ f func() }

// Deadline implements context.Context.
func (st *stream) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value implements context.Context.
func (st *stream) Value(any) any { return nil }

// Done implements context.Context. The channel is made for those who ask.
func (st *stream) Done() <-chan struct{} {
	st.canceling.Lock()
	defer st.canceling.Unlock()
	if st.canceled == nil {
		st.canceled = make(chan struct{})
		if st.err != nil {
			close(st.canceled)
		}
	}
	return st.canceled
}

// Err implements context.Context.
func (st *stream) Err() error {
	st.canceling.Lock()
	defer st.canceling.Unlock()
	return st.err
}

// AfterFunc is what package context looks for, so that it needs no goroutine to wait.
func (st *stream) AfterFunc(f func()) (stop func() bool) {
	st.canceling.Lock()
	defer st.canceling.Unlock()
	if st.err != nil {
		go f()
		return func() bool { return false }
	}
	a := &afterwards{f}
	if st.after == nil {
		st.after = map[*afterwards]struct{}{}
	}
	st.after[a] = struct{}{}
	return func() bool {
		st.canceling.Lock()
		defer st.canceling.Unlock()
		_, waits := st.after[a]
		delete(st.after, a)
		return waits
	}
}

// cancel ends the context.
func (st *stream) cancel() {
	st.canceling.Lock()
	defer st.canceling.Unlock()
	if st.err != nil {
		return
	}
	st.err = context.Canceled
	if st.canceled != nil {
		close(st.canceled)
	}
	for a := range st.after {
		go a.f()
	}
	st.after = nil
}

// run has the request answered.
func (st *stream) run() {
	st.body.lookForEnd()
	st.handle()
	_ = st.body.Close()
	st.conn.finish(st)
	st.cancel()
}

// handle calls the handler. If it panics and that is reported to somebody, only this
// stream ends.
func (st *stream) handle() {
	defer func() {
		if st.conn.server.Panicked == nil {
			return // and let the panic take its way
		}
		if reason := recover(); reason != nil {
			st.conn.server.Panicked(reason, debug.Stack())
		}
	}()
	st.conn.server.Handler(st, &st.req, st.refusal, st)
}

// body is the content of a request, of which the client may send as much as the
// windows allow. It keeps the rules of httpmsg.Request.Body.
type body struct {
	st *stream

	// What follows is guarded by conn.mu.

	came    unread
	window  int64 // that the client may still send of it
	owed    int   // bytes that have been read, and not been given back to the window
	left    int64 // of the declared content; negative if none was declared
	expects bool  // the client waits for 100 (Continue), which has not been sent
	err     error // what Read ends with when what has come is read
	closed  bool
	trailer httpmsg.Header
	arrived sync.Cond // on conn.mu: came, err or closed has changed
	due     int64     // when something that is waited for has to have come; 0 if nothing is
}

// lookForEnd takes the body from a request that turns out to have none, so that it is sent on
// without: the end of the stream may come in a frame of its own. Where content means nothing
// (RFC 9110 §9.3), or its length is said to be 0, what follows the head is waited for. A method
// that sends something may send it when it likes, so what counts is what has come.
func (b *body) lookForEnd() {
	st, c := b.st, b.st.conn
	if st.req.Body == nil || st.refusal != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch method := st.req.Method; {
	case b.expects:
	case b.left == 0, method == "GET", method == "HEAD", method == "DELETE":
		b.awaitSomething(c.server.Limits.HeadTimeout)
	}
	if errors.Is(b.err, io.EOF) && b.came.len() == 0 && b.trailer.Len() == 0 {
		st.req.Body, st.req.Trailer, st.req.ContentLength = nil, nil, 0
	}
}

// awaitSomething returns when content or its end has come, or after limit. conn.mu is held.
func (b *body) awaitSomething(limit time.Duration) {
	late := false
	timer := time.AfterFunc(limit, func() {
		b.st.conn.mu.Lock()
		defer b.st.conn.mu.Unlock()
		late = true
		b.arrived.Broadcast()
	})
	defer timer.Stop()
	for !late && b.came.len() == 0 && b.err == nil {
		b.arrived.Wait()
	}
}

// Waits reports whether the client waits for 100 (Continue): see httpmsg.Expects.
func (b *body) Waits() bool {
	c := b.st.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	return b.waits()
}

func (b *body) waits() bool { return b.expects && !b.st.begun && !b.closed && b.err == nil }

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	c := b.st.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if b.waits() {
		b.expects = false
		c.writeContinue(b.st)
	}
	b.hasten()
	for !b.closed && b.came.len() == 0 && b.err == nil && len(p) > 0 {
		b.arrived.Wait()
	}
	b.due = 0
	switch {
	case b.closed:
		return 0, httpmsg.ErrBodyClosed
	case b.came.len() == 0:
		return 0, b.err
	}
	n := b.came.take(p)
	c.giveBack(b, n)
	if b.came.len() == 0 && errors.Is(b.err, io.EOF) {
		return n, io.EOF
	}
	return n, nil
}

// hasten begins the time for what is waited for, or begins it anew. What the stream has
// been switched to may be silent. conn.mu is held.
func (b *body) hasten() {
	s := b.st.conn.server
	limit := s.Limits.BodyTimeout
	switch {
	case b.st.goAway != nil:
		return
	case b.st.begun:
		limit = s.Limits.StreamIdleTimeout
	}
	b.due = s.clock.Load() + int64((limit+time.Second-1)/time.Second)
}

// moved says that a part of the answer has been written: whoever waits for content waits
// anew. conn.mu is held.
func (b *body) moved() {
	if b.due != 0 {
		b.hasten()
	}
}

// expire ends the waiting for what does not come. A client that has used up the window of
// the connection cannot send, as others have not read what is theirs. conn.mu is held.
func (b *body) expire(now int64) {
	switch {
	case b.due == 0:
	case b.st.conn.receive <= 0:
		b.hasten()
	case now > b.due:
		b.end(errLate())
	}
}

// Close ends a Read that waits, and drops what has not been read.
func (b *body) Close() error {
	c := b.st.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	c.giveBackConn(b.came.len())
	b.came = unread{}
	b.arrived.Broadcast()
	return nil
}

// trailerFields returns what followed the content.
func (b *body) trailerFields() httpmsg.Header {
	c := b.st.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if !errors.Is(b.err, io.EOF) || b.came.len() > 0 {
		return httpmsg.Header{}
	}
	return b.trailer.Clone()
}

// take adds what has come. conn.mu is held.
func (b *body) take(p []byte) {
	if b.closed || b.err != nil {
		b.st.conn.giveBackConn(len(p))
		return
	}
	b.came.add(p)
	b.arrived.Broadcast()
}

// end says that nothing more will come. conn.mu is held.
func (b *body) end(err error) {
	if b.err == nil {
		b.err = err
		b.arrived.Broadcast()
	}
}

func errGone() error {
	return hedge.Errorf(hedge.OutcomeClientGone, "the client went away before the request's body was complete")
}

func errLate() error {
	return hedge.Errorf(hedge.OutcomeClientTimeout, "the client did not send the request's body in time")
}

func errMalformed(why string) error {
	return hedge.Errorf(hedge.OutcomeBadRequest, "the request's body is malformed: %s", why)
}

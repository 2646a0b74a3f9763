package worker

import (
	"errors"
	"io"
	"sync"

	"hedge"
	"hedge/frame"
	"hedge/httpmsg"
)

// creditStep is how much is consumed before the isolate is told that it may send
// as much again. It is half of what the isolate may have under way.
const creditStep = initialCredit / 2

// initialCredit is how much the isolate may send before the first of it has been
// read. For a response's body it takes that for granted (bodies.ts).
const initialCredit = 64 << 10

// isolateBody is a body that JavaScript produces and the host reads.
type isolateBody struct {
	id      uint32
	session *session
	inv     *invocation
	// isAnswer says that it is the body of the request's answer, which then fails with it.
	// What becomes of others is for code to say, which has given them away.
	isAnswer bool
	limit    int64 // of bytes; negative: none. Set before the first arrives.

	mu       sync.Mutex // guards what follows
	buf      []byte     // received and not yet read
	at       int        // where the unread part of buf begins
	consumed int        // read since the last Pull
	total    int64
	err      error // what comes after buf; io.EOF at the end
	waiting  bool  // a Read waits on arrived
	closed   bool
	arrived  chan struct{} // capacity 1: something has changed
}

// openIsolateBody gives the host its end of a body. One that belongs to a request
// that is over has ended.
func (s *session) openIsolateBody(id uint32, inv *invocation, isAnswer bool) *isolateBody {
	b := &isolateBody{id: id, session: s, inv: inv, isAnswer: isAnswer, limit: -1, arrived: make(chan struct{}, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.belongs(inv) {
		b.err = errOver
		return b
	}
	s.outgoing[id] = b
	if inv != nil {
		inv.outgoing = append(inv.outgoing, id)
	}
	return b
}

// handleOutgoing takes a frame about a body that the isolate produces. An error says that
// it sends what it has not been asked for.
func (s *session) handleOutgoing(f frame.Frame, r *frame.Reader) error {
	s.mu.Lock()
	b := s.outgoing[f.ID]
	s.mu.Unlock()
	if b == nil {
		return nil
	}
	switch f.Kind {
	case frame.Chunk:
		return b.receive(r.ByteString())
	case frame.End:
		b.finish(io.EOF)
	default:
		b.finish(s.exceptionError(hedge.OutcomeException, b.what()+" failed", r.Rest()))
	}
	return nil
}

// mostUnread is what the isolate may have sent and nobody read: its credit, which the last
// chunk may exceed (bodies.ts).
const mostUnread = initialCredit + readSize

func (b *isolateBody) receive(bytes []byte) error {
	b.mu.Lock()
	if b.closed || b.err != nil {
		b.mu.Unlock()
		return nil
	}
	if len(b.buf)-b.at+len(bytes) > mostUnread {
		b.mu.Unlock()
		return errors.New("it sent more of a body than it was asked for")
	}
	if len(b.buf)+len(bytes) > cap(b.buf) {
		// A reader that is always a little behind must not make the buffer grow.
		b.buf, b.at = b.buf[:copy(b.buf, b.buf[b.at:])], 0
	}
	b.buf = append(b.buf, bytes...)
	b.total += int64(len(bytes))
	over := b.limit >= 0 && b.total > b.limit
	b.mu.Unlock()
	b.signal()
	if over {
		b.cancel()
		b.finish(sizeError(b.limit))
	}
	return nil
}

// finish says what comes after the bytes received so far. Who reads sees it after the
// account says so, which is logged then.
func (b *isolateBody) finish(err error) {
	var failure error
	if err != io.EOF && b.inv != nil {
		failure = b.inv.cause(err)
	}
	b.mu.Lock()
	first := b.err == nil
	if first && !b.closed && b.isAnswer && failure != nil {
		b.inv.account.Failed(failure)
	}
	if first {
		b.err = err
	}
	b.mu.Unlock()
	if first {
		b.forget()
		b.signal()
	}
}

func (b *isolateBody) what() string {
	if b.isAnswer {
		return "the response's body"
	}
	return "the stream that the code made"
}

func (b *isolateBody) forget() {
	b.session.mu.Lock()
	defer b.session.mu.Unlock()
	delete(b.session.outgoing, b.id)
}

func (b *isolateBody) signal() {
	select {
	case b.arrived <- struct{}{}:
	default:
	}
}

// starved reports whether a reader waits for bytes: nothing will come of it until
// there are some.
func (b *isolateBody) starved() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.waiting && !b.closed && b.at == len(b.buf) && b.err == nil
}

// Read reads what has arrived, or waits for more.
func (b *isolateBody) Read(p []byte) (int, error) {
	for {
		n, pull, err, wait := b.take(p)
		if pull > 0 {
			b.pull(pull)
		}
		if !wait {
			return n, err
		}
		if _, isQuiet := b.session.traffic.isQuiet(); isQuiet {
			b.session.endHung()
		}
		<-b.arrived
	}
}

// take copies what is there; wait says that there is nothing yet.
func (b *isolateBody) take(p []byte) (n, pull int, err error, wait bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = false
	switch {
	case b.closed:
		return 0, 0, httpmsg.ErrBodyClosed, false
	case b.at < len(b.buf):
		n = copy(p, b.buf[b.at:])
		b.at += n
		b.consumed += n
		if b.consumed >= creditStep && b.err == nil {
			pull, b.consumed = b.consumed, 0
		}
		return n, pull, nil, false
	case b.err != nil:
		return 0, 0, b.err, false
	}
	b.waiting = true
	return 0, 0, nil, true
}

func (b *isolateBody) pull(bytes int) {
	b.session.port.post(b.inv.subject(), false, func(w *frame.Writer) {
		b.inv.renew(w, false)
		w.Begin(frame.Pull, b.id)
		w.Word(uint32(bytes))
		w.End()
	})
}

// Close lets the isolate know that nobody reads on.
func (b *isolateBody) Close() error {
	b.mu.Lock()
	open := !b.closed && b.err == nil
	b.closed = true
	b.mu.Unlock()
	b.signal()
	if open {
		b.cancel() // before it is forgotten, or its request might look hung
		b.forget()
	}
	return nil
}

func (b *isolateBody) cancel() {
	b.session.port.post(b.inv.subject(), false, func(w *frame.Writer) { w.Empty(frame.Cancel, b.id) })
}

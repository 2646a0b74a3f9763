package http3

import (
	"bufio"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"

	"hedge"
	"hedge/httpmsg"
)

// body is the content of a request, which comes in as it is read: what is not read stays
// within the windows. It keeps the rules of httpmsg.Request.Body.
type body struct {
	st     *stream
	closed atomic.Bool
	// waits says that a Read is under way, and answered that the answer has begun.
	waits, answered atomic.Bool

	reading sync.Mutex // guards what follows
	in      *bufio.Reader
	frame   uint64      // bytes that are left of the frame
	left    int64       // of the declared content; negative if none was declared
	expects atomic.Bool // the client waits for 100 (Continue), which has not been sent
	err     error       // what Read ends with
	trailer httpmsg.Header
}

// begin gives the request its content.
func (b *body) begin(s *httpmsg.Section) {
	b.in, b.left = b.st.in, s.Length
	b.expects.Store(s.Expects)
	req := &b.st.req
	if req.Upgrade != "" { // what comes is for who the stream is switched to
		b.left, req.ContentLength = -1, 0
		return
	}
	req.ContentLength = s.Length
	if s.Length <= 0 && s.Refusal == nil && b.ended() {
		b.err, req.ContentLength = io.EOF, 0
		return
	}
	if s.Length == 0 { // the end of the stream has yet to show that it is true
		req.ContentLength = -1
	}
	req.Body, req.Trailer = b, b.trailerFields
}

// ended reports whether the stream has ended with the head: what has no content is sent
// on without. Where content means nothing (RFC 9110 §9.3), or its length is said to be 0, the
// end follows the head, perhaps in a packet of its own, which is waited for. A method that
// sends something may send it when it likes, so what counts is what has come.
func (b *body) ended() bool {
	if b.in.Buffered() > 0 || b.expects.Load() {
		return false
	}
	until := past()
	switch method := b.st.req.Method; {
	case b.left == 0, method == "GET", method == "HEAD", method == "DELETE":
		until = time.Now().Add(b.st.conn.server.Limits.HeadTimeout)
	}
	_ = b.st.quic.SetReadDeadline(until)
	defer func() { _ = b.st.quic.SetReadDeadline(time.Time{}) }()
	_, err := b.in.Peek(1)
	return errors.Is(err, io.EOF)
}

// Waits reports whether the client waits for 100 (Continue): see httpmsg.Expects.
func (b *body) Waits() bool { return b.expects.Load() }

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.reading.Lock()
	defer b.reading.Unlock()
	switch {
	case b.closed.Load():
		return 0, httpmsg.ErrBodyClosed
	case b.err != nil:
		return 0, b.err
	case len(p) == 0:
		return 0, nil
	}
	if b.expects.CompareAndSwap(true, false) {
		b.st.writeContinue()
	}
	b.waits.Store(true)
	defer b.waits.Store(false)
	b.hasten()
	n, err := b.read(p)
	if err != nil {
		b.err = b.outside(err)
	}
	return n, b.err
}

// hasten begins the time for what is waited for, or begins it anew. What the stream has
// been switched to may be silent.
func (b *body) hasten() {
	limits := &b.st.conn.server.Limits
	limit := limits.BodyTimeout
	switch {
	case b.st.req.Upgrade != "":
		return
	case b.answered.Load():
		limit = limits.StreamIdleTimeout
	}
	_ = b.st.quic.SetReadDeadline(time.Now().Add(limit))
}

// moved says that a part of the answer has been written: whoever waits for content waits
// anew.
func (b *body) moved() {
	b.answered.Store(true)
	if b.waits.Load() {
		b.hasten()
	}
}

// read reads some content, and whatever frames come before it.
func (b *body) read(p []byte) (int, error) {
	for b.frame == 0 {
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	n, err := b.in.Read(p[:min(uint64(len(p)), b.frame)])
	b.frame -= uint64(n)
	if err != nil && (b.frame > 0 || !errors.Is(err, io.EOF)) { // else the end comes with the next frame's absence
		return n, truncated(err)
	}
	if b.left >= 0 {
		if b.left -= int64(n); b.left < 0 {
			return 0, failStream(codeMessageError, "it is longer than its content-length")
		}
	}
	return n, nil
}

// next reads the beginning of the next frame.
func (b *body) next() error {
	kind, length, err := readFrame(b.in)
	switch {
	case errors.Is(err, io.EOF):
		return b.complete()
	case err != nil:
		return err
	case kind == frameHeaders && b.st.req.Upgrade != "": // RFC 9114 §4.4
		return fail(codeFrameUnexpected, "fields come amid what was switched to another protocol")
	case kind == frameHeaders:
		return b.readTrailer(length)
	case kind != frameData:
		return b.st.other(kind, length)
	case length == 0:
		return b.st.conn.asksNothing()
	}
	b.frame = length
	return nil
}

// complete is the end of the stream.
func (b *body) complete() error {
	if b.left > 0 {
		return failStream(codeMessageError, "it is shorter than its content-length")
	}
	return io.EOF
}

// readTrailer reads the trailer, behind which nothing comes that means anything.
func (b *body) readTrailer(length uint64) error {
	limits := &b.st.conn.server.Limits
	if length > 2*uint64(limits.HeadBytes) {
		return failStream(codeExcessiveLoad, "the trailer is too large")
	}
	s := httpmsg.Section{Limits: &limits.SectionLimits}
	s.Begin(nil, &b.trailer)
	if err := b.st.section(&s, length); err != nil {
		return err
	}
	switch {
	case s.Malformed != "":
		return failStream(codeMessageError, "%s", s.Malformed)
	case s.Refusal != nil:
		return failStream(codeExcessiveLoad, "%s", s.Refusal.Why)
	}
	for {
		kind, length, err := readFrame(b.in)
		switch {
		case errors.Is(err, io.EOF):
			return b.complete()
		case err != nil:
			return err
		}
		if err := b.st.other(kind, length); err != nil {
			return err
		}
	}
}

// outside turns an error into what those who read the body get, and has the client blamed
// if it is its fault.
func (b *body) outside(err error) error {
	var f *fault
	switch {
	case errors.Is(err, io.EOF):
		return err
	case b.closed.Load():
		return httpmsg.ErrBodyClosed
	case errors.Is(err, os.ErrDeadlineExceeded):
		return hedge.Errorf(hedge.OutcomeClientTimeout, "the client did not send the request's body in time")
	case errors.As(err, &f) && f.one:
		endStream(b.st.quic, f.code)
		return hedge.Errorf(hedge.OutcomeBadRequest, "the request's body is malformed: %s", f.why)
	case errors.As(err, &f):
		b.st.conn.end(f.code, f.why)
		return hedge.Errorf(hedge.OutcomeBadRequest, "the request's body is malformed: %s", f.why)
	}
	return hedge.Wrap(err, hedge.OutcomeClientGone, "the client went away before the request's body was complete")
}

// Close ends a Read that waits. The client is told that nobody wants the rest.
func (b *body) Close() error {
	if !b.closed.Swap(true) {
		b.st.quic.CancelRead(quic.StreamErrorCode(codeNoError))
	}
	return nil
}

// trailerFields returns what followed the content.
func (b *body) trailerFields() httpmsg.Header {
	b.reading.Lock()
	defer b.reading.Unlock()
	if !errors.Is(b.err, io.EOF) {
		return httpmsg.Header{}
	}
	return b.trailer.Clone()
}

// release gives back what the stream was read through, when the request is over.
func (b *body) release() {
	b.reading.Lock()
	defer b.reading.Unlock()
	b.closed.Store(true)
	b.st.in.Reset(nil)
	inputs.Put(b.st.in)
	b.st.in, b.in = nil, nil
}

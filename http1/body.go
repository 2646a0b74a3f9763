package http1

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// body is the content of a request. It keeps the rules of httpmsg.Request.Body.
type body struct {
	conn *conn

	turn     sync.Mutex // guards expects and answered, and is held while 100 is sent
	expects  bool       // the client waits for 100 (Continue), which has not been sent
	answered bool       // the final answer has begun, so that 100 must not be sent any more

	closing sync.Mutex // held by Close
	closed  atomic.Bool

	mu      sync.Mutex // guards what follows, and the connection's reader
	content content
	err     error // what every Read ends with from now on
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed.Load() {
		return 0, httpmsg.ErrBodyClosed
	}
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if err := b.sendContinue(); err != nil {
		return 0, b.fail(err)
	}
	n, err := b.await(p)
	if err != nil {
		err = b.fail(err)
	}
	return n, err
}

// errLate is what reading content ends with that does not come.
var errLate = errors.New("http1: nothing has come in time")

// await reads content that has to come in time.
func (b *body) await(p []byte) (int, error) {
	c := b.conn
	c.due.Store(c.server.clock.Load() + seconds(b.patience()))
	n, err := b.content.read(p)
	if c.due.Swap(0) == late {
		return 0, errLate // even if it has come by now: nobody knows when the connection is told
	}
	return n, err
}

// patience is how long content is waited for.
func (b *body) patience() time.Duration {
	b.turn.Lock()
	defer b.turn.Unlock()
	if b.answered {
		return b.conn.server.Limits.StreamIdleTimeout
	}
	return b.conn.server.Limits.BodyTimeout
}

// moved says that a part of the answer has been written: whoever waits for content waits
// anew. It may be called on nil, for a request without.
func (b *body) moved() {
	if b == nil {
		return
	}
	c := b.conn
	if due := c.due.Load(); due > 0 {
		c.due.CompareAndSwap(due, c.server.clock.Load()+seconds(c.server.Limits.StreamIdleTimeout))
	}
}

// seconds is a time in those of the clock.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// sendContinue tells a client that waits that its content is wanted (RFC 9110
// §10.1.1).
func (b *body) sendContinue() error {
	b.turn.Lock()
	defer b.turn.Unlock()
	if !b.expects || b.answered {
		return nil
	}
	b.expects = false
	_, err := b.conn.write([]byte("HTTP/1.1 100 Continue\r\n\r\n"))
	return err
}

// answer says that the final answer begins, and reports whether the client still
// waits for 100 (Continue): then nobody can tell what it sends next.
func (b *body) answer() (waits bool) {
	b.turn.Lock()
	defer b.turn.Unlock()
	b.answered = true
	return b.expects
}

// Waits reports whether the client waits for 100 (Continue): see httpmsg.Expects.
func (b *body) Waits() bool {
	b.turn.Lock()
	defer b.turn.Unlock()
	return b.expects && !b.answered
}

// pending reports whether content is still to come, behind which alone the next request
// begins.
func (b *body) pending() bool {
	if !b.mu.TryLock() {
		return true // somebody reads
	}
	defer b.mu.Unlock()
	return !b.passable()
}

// passable reports whether what is left of the content can be passed over without waiting.
// mu is held.
func (b *body) passable() bool {
	return errors.Is(b.err, io.EOF) || b.err == nil && !b.content.chunked && b.content.left <= int64(b.conn.in.buffered())
}

// fail notes what reading ends with.
func (b *body) fail(err error) error {
	var r *refusal
	switch {
	case errors.Is(err, io.EOF):
	case errors.Is(err, errLate):
		err = hedge.Errorf(hedge.OutcomeClientTimeout, "the client did not send the request's body in time")
	case errors.As(err, &r):
		err = hedge.Wrap(err, hedge.OutcomeBadRequest, "the request's body is malformed: %s", r.why)
	case !b.closed.Load():
		err = hedge.Wrap(err, hedge.OutcomeClientGone, "the client went away before the request's body was complete")
	default:
		err = httpmsg.ErrBodyClosed
	}
	b.err = err
	return err
}

// Close ends a Read that waits, and gives the connection's reader back.
func (b *body) Close() error {
	b.closing.Lock() // so that no other Close returns while this one changes the deadline
	defer b.closing.Unlock()
	if b.closed.Swap(true) {
		return nil
	}
	if !b.mu.TryLock() {
		// Somebody reads. Only the connection can wake him.
		_ = b.conn.net.SetReadDeadline(time.Unix(1, 0))
		b.mu.Lock()
		_ = b.conn.net.SetReadDeadline(time.Time{})
	}
	b.mu.Unlock()
	return nil
}

// finished closes the body and reports whether the next request begins behind it.
// What is left of it is passed over if it has arrived already.
func (b *body) finished() bool {
	_ = b.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	if errors.Is(b.err, io.EOF) {
		return true
	}
	if b.answer() || !b.passable() {
		return false
	}
	b.conn.in.r += int(b.content.left)
	return true
}

// arrived reports whether all of the content can be read without waiting.
func (b *body) arrived() bool {
	if !b.mu.TryLock() {
		return false
	}
	defer b.mu.Unlock()
	b.turn.Lock()
	defer b.turn.Unlock()
	return b.err == nil && !b.expects && !b.content.chunked && b.content.left <= int64(b.conn.in.buffered())
}

// trailerFields returns what followed the content.
func (b *body) trailerFields() httpmsg.Header {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !errors.Is(b.err, io.EOF) {
		return httpmsg.Header{}
	}
	return b.content.trailer.Clone()
}

package http2

import (
	"errors"
	"io"

	"golang.org/x/net/http2"

	"hedge"
)

// callUpload sends the content of a request, while its answer is waited for.
type callUpload struct {
	one  *call
	done chan struct{} // closed when nothing is read any more
}

// startUpload begins to send, in a goroutine that ends with the content, or with end.
// conn.mu is held.
func startUpload(one *call) *callUpload {
	u := &callUpload{one, make(chan struct{})}
	go u.run()
	return u
}

func (u *callUpload) run() {
	defer close(u.done)
	defer closeBody(u.one.req)
	buf := streamBuffers.Get().(*[streamRead]byte)
	defer streamBuffers.Put(buf)
	if err := u.copy(buf[:]); err != nil {
		u.one.conn.mu.Lock()
		defer u.one.conn.mu.Unlock()
		if !u.one.halted {
			u.one.cut(http2.ErrCodeCancel, u.meaning(err))
		}
	}
}

// copy sends the content, each read at once. An error is one of the content. With a
// trailer, which is known at the content's end alone, that is waited for.
func (u *callUpload) copy(buf []byte) error {
	req := u.one.req
	left := req.ContentLength
	for {
		n, err := req.Body.Read(buf)
		ends := errors.Is(err, io.EOF)
		if left >= 0 {
			if left -= int64(n); left < 0 {
				return hedge.Errorf(hedge.OutcomeException, "the request's body is longer than its Content-Length")
			}
			if ends && left > 0 {
				return hedge.Errorf(hedge.OutcomeException, "the request's body ended %d bytes before its Content-Length", left)
			}
			ends = ends || left == 0 && req.Trailer == nil
		}
		trailer := ends && req.Trailer != nil
		if (n > 0 || ends && !trailer) && !u.one.write(buf[:n], ends && !trailer) {
			return nil // the answer, or the end of the connection, says why
		}
		switch {
		case trailer:
			u.one.writeTrailer()
			return nil
		case ends:
			return nil
		case err != nil:
			return err
		}
	}
}

// meaning says what it means that the content broke off.
func (u *callUpload) meaning(err error) error {
	var known *hedge.Error
	switch {
	case errors.As(err, &known):
		return known
	case u.one.ctx.Err() != nil:
		return abandoned(u.one.ctx, u.one.conn.origin)
	}
	return hedge.Wrap(err, hedge.OutcomeException, "the body of the request to %s broke off", u.one.conn.origin)
}

// end ends the sending, and returns when it has ended.
func (u *callUpload) end() {
	one := u.one
	one.conn.mu.Lock()
	one.halted = true
	one.changed.Broadcast()
	one.conn.mu.Unlock()
	select {
	case <-u.done:
		return
	default:
	}
	closeBody(one.req)
	<-u.done
}

// write sends content, as windows and room allow, and at the end of the request if it is
// the last. It reports whether all of it was taken.
func (one *call) write(p []byte, last bool) bool {
	c := one.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	for first := true; first || len(p) > 0; first = false {
		one.until(func() bool {
			return one.over() || len(p) == 0 || one.window > 0 && c.window > 0 && len(c.out) < fullOutput
		})
		if one.over() {
			return false
		}
		n := int(max(0, min(int64(len(p)), maxFrame, one.window, c.window)))
		var flags http2.Flags
		if last && n == len(p) {
			flags = http2.FlagDataEndStream
		}
		c.out = append(appendFrame(c.out, n, http2.FrameData, flags, one.id), p[:n]...)
		c.outgoing.Signal()
		one.window -= int64(n)
		c.window -= int64(n)
		p = p[n:]
		one.move()
	}
	if last {
		one.complete()
	}
	return true
}

// over reports whether nothing can be written any more. conn.mu is held.
func (one *call) over() bool {
	return one.halted || one.reset || one.conn.err != nil || one.ended != nil && !errors.Is(one.ended, io.EOF)
}

// writeTrailer ends a request with the fields of its trailer (RFC 9113 §8.1).
func (one *call) writeTrailer() {
	c := one.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if one.over() {
		return
	}
	start := len(c.out)
	out := c.encoder.begin(c.out, one.id)
	begun := len(out)
	if out = appendTrailer(out, one.req.Trailer()); len(out) == begun { // there are none after all
		c.out = appendFrame(c.out, 0, http2.FrameData, http2.FlagDataEndStream, one.id)
	} else {
		c.out = c.encoder.end(out, start, true)
	}
	c.outgoing.Signal()
	one.complete()
}

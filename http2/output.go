package http2

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"time"

	"golang.org/x/net/http2"
)

const (
	frameHeader = 9        // bytes of a frame before its payload
	maxFrame    = 16 << 10 // bytes of the payload of a frame that we write; all have to take it
	// fullOutput is how much may wait to be written before answers wait, too.
	fullOutput = 64 << 10
	// keptOutput is how much memory for it a connection keeps that has nothing to do.
	keptOutput = 4 << 10
	maxWindow  = 1<<31 - 1
)

var errClosed = errors.New("http2: the stream is closed")

// outbox makes the framer's frames part of the output. conn.mu is held.
type outbox struct{ conn *conn }

// Write implements io.Writer.
func (o outbox) Write(p []byte) (int, error) {
	o.conn.out = append(o.conn.out, p...)
	return len(p), nil
}

// flusher is a connection whose output is to be written.
type flusher conn

// run writes until nothing is left. It begins once all that run already have added
// theirs.
func (f *flusher) run() {
	runtime.Gosched()
	c := (*conn)(f)
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.out) > 0 && !c.dead {
		c.flush()
	}
	c.rest()
}

// wake sees to it that the output is written. mu is held.
func (c *conn) wake() {
	if !c.flushing && !c.dead && (len(c.out) > 0 || c.concluding) {
		c.flushing = true
		c.server.workers.do((*flusher)(c))
	}
}

// send is wake for one who has no more to write: if nobody else is about to, it writes
// at once. mu is held, and given up meanwhile.
func (c *conn) send() {
	if c.flushing || c.dead || c.running > 1 || c.more.Load() {
		c.wake()
		return
	}
	c.flushing = true
	c.flush()
	c.rest()
	c.wake() // what others have added is not for this one to wait for
}

// flush writes what there is. Who calls it has set flushing. mu is held, and given up
// meanwhile.
func (c *conn) flush() {
	out := c.out
	c.out, c.spare = c.spare[:0], nil
	c.mu.Unlock()
	err := c.write(out)
	c.mu.Lock()
	c.spare = out[:0]
	if err != nil {
		c.die()
		_ = c.raw.Close() // the reader is to know
	}
	c.changed.Broadcast() // there is room
}

// rest ends the writing, and the connection if that was the last of it. mu is held, and
// given up meanwhile.
func (c *conn) rest() {
	if c.concluding && len(c.out) == 0 && !c.dead {
		c.dead = true
		c.mu.Unlock()
		c.hangUp()
		c.mu.Lock()
	}
	c.flushing = false
	if c.running == 0 && (cap(c.out) > keptOutput || cap(c.spare) > keptOutput) || cap(c.spare) > 4*fullOutput {
		c.spare = nil
		if len(c.out) == 0 {
			c.out = nil
		}
	}
	c.changed.Broadcast()
}

// write writes to the client. The patrol ends a write that gets nowhere.
func (c *conn) write(p []byte) error {
	c.writing.Store(c.server.clock.Load())
	_, err := c.net.Write(p)
	c.writing.Store(0)
	return err
}

// reset ends a stream from our side. mu is held.
func (c *conn) reset(id uint32, code http2.ErrCode) {
	_ = c.framer.WriteRSTStream(id, code)
	c.remember(id)
	c.wake()
}

// remember notes a stream that we have reset. All that are under way may have been, and as
// many again that the client began before it had sent the last of those. mu is held.
func (c *conn) remember(id uint32) {
	if len(c.lastResets) <= 2*c.server.Limits.Streams {
		c.lastResets = append(c.lastResets, id)
		return
	}
	c.lastResets[c.nextReset] = id
	c.nextReset = (c.nextReset + 1) % len(c.lastResets)
}

// wasReset reports whether we have ended a stream, as far as it matters: the client
// may have sent something before it knew. mu is held.
func (c *conn) wasReset(id uint32) bool {
	return slices.Contains(c.lastResets, id)
}

func (c *conn) writeContinue(st *stream) {
	if st.closed || c.dead {
		return
	}
	start := len(c.out)
	c.out = c.encoder.end(appendStatus(c.encoder.begin(c.out, st.id), 100), start, false)
	c.wake()
}

// appendFrame appends the header of a frame.
func appendFrame(out []byte, length int, kind http2.FrameType, flags http2.Flags, id uint32) []byte {
	return append(out, byte(length>>16), byte(length>>8), byte(length), byte(kind), byte(flags),
		byte(id>>24), byte(id>>16), byte(id>>8), byte(id))
}

// giveBackConn lets the client send n more bytes on the connection. mu is held.
func (c *conn) giveBackConn(n int) {
	c.owed += n
	if c.owed >= c.server.Limits.ConnWindow/2 && !c.dead {
		_ = c.framer.WriteWindowUpdate(0, uint32(c.owed))
		c.receive += int64(c.owed)
		c.owed = 0
		c.wake()
	}
}

// giveBack lets the client send n more bytes of a body. mu is held.
func (c *conn) giveBack(b *body, n int) {
	c.giveBackConn(n)
	b.owed += n
	if b.owed >= c.server.Limits.StreamWindow/2 && !c.dead && !b.st.halfClosed && !b.st.closed {
		_ = c.framer.WriteWindowUpdate(b.st.id, uint32(b.owed))
		b.window += int64(b.owed)
		b.owed = 0
		c.wake()
	}
}

// writeData sends content, as windows and room allow, and at the end of the stream if
// it is the last. It returns how much was taken.
func (c *conn) writeData(ctx context.Context, st *stream, p []byte, last bool) (sent int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := waiting{conn: c, ctx: ctx}
	defer w.stop()
	for len(p) > 0 {
		if !w.until(func() bool { return st.window > 0 && c.window > 0 && len(c.out) < fullOutput }, st) {
			return sent, errClosed
		}
		n := int(min(int64(len(p)), maxFrame, st.window, c.window))
		var flags http2.Flags
		if last && n == len(p) {
			flags = http2.FlagDataEndStream
		}
		c.out = append(appendFrame(c.out, n, http2.FrameData, flags, st.id), p[:n]...)
		st.window -= int64(n)
		c.window -= int64(n)
		c.earn(n, n == len(p))
		sent += n
		st.body.moved()
		p = p[n:]
	}
	if st.closed || c.dead {
		return sent, errClosed
	}
	if last && sent == 0 {
		c.out = appendFrame(c.out, 0, http2.FrameData, http2.FlagDataEndStream, st.id)
	}
	if last {
		c.answered(st)
	}
	c.send()
	return sent, nil
}

// waiting is an answer that waits for windows or room. What it has set up for that,
// stop ends. It is for one goroutine, with conn.mu.
type waiting struct {
	conn  *conn
	ctx   context.Context
	late  bool // nothing has moved for too long
	gone  bool // nobody wants the answer any more
	timer *time.Timer
	stops func() bool
}

// until waits for something, and reports whether it has come while the stream was open,
// the context had not ended, and the client had not let it wait for too long.
func (w *waiting) until(ready func() bool, st *stream) bool {
	c := w.conn
	for waits := false; ; waits = true {
		switch {
		case st.closed || c.dead || w.late || w.gone:
			return false
		case ready():
			return true
		case !waits:
			c.wake()
			w.begin()
		}
		c.changed.Wait()
	}
}

// begin begins the time that may pass until something moves.
func (w *waiting) begin() {
	limit := w.conn.server.Limits.WriteTimeout
	if w.timer != nil {
		w.timer.Reset(limit)
		return
	}
	w.timer = time.AfterFunc(limit, func() { w.set(&w.late) })
	w.stops = context.AfterFunc(w.ctx, func() { w.set(&w.gone) })
}

func (w *waiting) set(flag *bool) {
	w.conn.mu.Lock()
	defer w.conn.mu.Unlock()
	*flag = true
	w.conn.changed.Broadcast()
}

func (w *waiting) stop() {
	if w.timer != nil {
		w.timer.Stop()
		w.stops()
	}
}

// earn counts a frame of content, which gives the client something back. It may open two
// windows for whatever is to be sent at once, however short that is; but not for the single
// bytes that it makes of it by the windows that it opens. mu is held.
func (c *conn) earn(n int, whole bool) {
	if whole {
		n = max(n, 2*bytesPerUpdate)
	}
	c.worked.bytes += n
	c.worked.frames++
}

// answered notes that an answer is complete. mu is held.
func (c *conn) answered(st *stream) {
	st.done = true
	c.worked.answers++
	c.worked.bytes += 2 * bytesPerUpdate // as in earn
	if st.halfClosed {
		st.closed = true
		delete(c.streams, st.id)
	}
}

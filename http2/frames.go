package http2

import (
	"errors"
	"io"

	"golang.org/x/net/http2"

	"hedge/httpmsg"
)

// frame reads the rest of a frame and does what it says. An error ends the connection.
func (c *conn) frame(head http2.FrameHeader) error {
	c.budget.now = c.server.clock.Load()
	f, err := c.framer.ReadFrameForHeader(head)
	c.more.Store(c.in.r < c.in.w)
	if err != nil {
		return c.malformed(head, err)
	}
	switch f := f.(type) {
	case *http2.HeadersFrame:
		return c.headers(f)
	case *http2.ContinuationFrame:
		return c.fragment(f.HeaderBlockFragment(), f.HeadersEnded())
	case *http2.DataFrame:
		return c.data(f)
	case *http2.RSTStreamFrame:
		return c.rstStream(f)
	case *http2.WindowUpdateFrame:
		return c.windowUpdate(f)
	case *http2.SettingsFrame:
		return c.settings(f)
	case *http2.PingFrame:
		return c.ping(f)
	case *http2.PriorityFrame:
		if f.StreamDep == f.StreamID {
			return fail(http2.ErrCodeProtocol, "a stream depends on itself")
		}
	case *http2.PushPromiseFrame:
		return fail(http2.ErrCodeProtocol, "a client pushes nothing")
	}
	return c.control(1)
}

// control takes n frames that ask for nothing.
func (c *conn) control(n int) error {
	c.earned()
	if c.budget.control(n) {
		return fail(http2.ErrCodeEnhanceYourCalm, "too many frames that ask for nothing")
	}
	return nil
}

// earned gives the client back what was done for it since the last time.
func (c *conn) earned() {
	c.mu.Lock()
	worked := c.worked
	c.worked = work{}
	c.mu.Unlock()
	c.budget.earn(worked)
}

// malformed says what follows from a frame that cannot be read.
func (c *conn) malformed(head http2.FrameHeader, err error) error {
	var whole http2.ConnectionError
	var one http2.StreamError
	switch {
	case errors.As(err, &whole):
		return fail(http2.ErrCode(whole), "a frame is malformed")
	case errors.Is(err, http2.ErrFrameTooLarge), errors.Is(err, io.ErrUnexpectedEOF): // or the client has gone, and will not hear it
		return fail(http2.ErrCodeFrameSize, "a frame is too long, or too short")
	case !errors.As(err, &one):
		return err
	case head.Type == http2.FrameHeaders || head.Type == http2.FrameWindowUpdate && c.isIdle(head.StreamID):
		return fail(http2.ErrCodeProtocol, "a frame is malformed") // the table of the fields is lost
	}
	return c.refuse(one.StreamID, one.Code, errMalformed("a frame is malformed"))
}

// isIdle reports whether the client has not begun a stream yet.
func (c *conn) isIdle(id uint32) bool { return id > c.last || id%2 == 0 }

// refuse ends a stream for a fault of the client's.
func (c *conn) refuse(id uint32, code http2.ErrCode, why error) error {
	c.mu.Lock()
	c.reset(id, code)
	if st := c.streams[id]; st != nil {
		c.abandon(st, why)
	}
	c.mu.Unlock()
	return c.resets()
}

// resets takes a stream that has ended early, by whoever's doing: a handler may have
// begun, and origins have been asked. Answers that were completed make up for it.
func (c *conn) resets() error {
	c.earned()
	if c.budget.reset() {
		return fail(http2.ErrCodeEnhanceYourCalm, "too many streams end before their answers do")
	}
	return nil
}

// headers begins a header block (RFC 9113 §6.2).
func (c *conn) headers(f *http2.HeadersFrame) error {
	id := f.StreamID
	if f.HasPriority() && f.Priority.StreamDep == id {
		return fail(http2.ErrCodeProtocol, "a stream depends on itself")
	}
	c.block.begin(id, nil, false, f.StreamEnded())
	c.mu.Lock()
	err := c.beginBlock(id)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return c.fragment(f.HeaderBlockFragment(), f.HeadersEnded())
}

// beginBlock finds out whose a block is. mu is held.
func (c *conn) beginBlock(id uint32) error {
	st := c.streams[id]
	switch {
	case id%2 == 0:
		return fail(http2.ErrCodeProtocol, "a client's streams have odd numbers")
	case st != nil && st.halfClosed:
		return fail(http2.ErrCodeStreamClosed, "a stream that has ended goes on")
	case st != nil:
		c.block.begin(id, st, true, c.block.ends)
	case id <= c.last && !c.wasReset(id):
		return fail(http2.ErrCodeStreamClosed, "a stream that has ended goes on")
	case id <= c.last || c.final: // it is only decoded
	default:
		c.last = id
		if len(c.streams) >= c.server.Limits.Streams || c.running >= 2*c.server.Limits.Streams {
			c.block.refused = true
			return nil
		}
		st = &stream{conn: c, id: id, window: c.initial}
		st.req = httpmsg.Request{Scheme: "http", Proto: "HTTP/2.0", Remote: c.remote, Local: c.local, TLS: c.tls}
		if c.tls != nil {
			st.req.Scheme = "https"
		}
		st.body.st = st
		c.block.begin(id, st, false, c.block.ends)
	}
	return nil
}

// fragment takes a part of a header block, and does what it says when it is complete.
func (c *conn) fragment(p []byte, ends bool) error {
	b := &c.block
	b.wire += len(p)
	switch {
	case b.wire > 2*b.Limits.HeadBytes:
		return fail(http2.ErrCodeEnhanceYourCalm, "a header block is too large")
	case c.budget.carries(len(p) > 0 || ends):
		return fail(http2.ErrCodeEnhanceYourCalm, "too many empty frames")
	case c.inBlock:
		if err := c.control(1); err != nil {
			return err
		}
	}
	c.inBlock = !ends
	_, err := c.decoder.Write(p)
	if err == nil && ends {
		err = c.decoder.Close()
	}
	if err != nil {
		return fail(http2.ErrCodeCompression, "a header block cannot be decoded")
	}
	if !ends {
		return nil
	}
	return c.endBlock()
}

func (c *conn) endBlock() error {
	b := &c.block
	switch {
	case b.refused:
		return c.refuse(b.id, http2.ErrCodeRefusedStream, nil)
	case b.st == nil:
		return c.control(1)
	case b.trailer:
		return c.endTrailer()
	}
	b.Finish(b.ends)
	if b.Malformed != "" {
		return c.refuse(b.id, http2.ErrCodeProtocol, nil)
	}
	c.begin()
	return nil
}

// begin has a request answered.
func (c *conn) begin() {
	b, st := &c.block, c.block.st
	st.refusal = b.Refusal
	st.connect = st.req.Upgrade != ""
	if b.ends {
		st.halfClosed = true
	} else {
		st.body.expects = b.Expects
		st.body.arrived.L = &c.mu
		st.body.window = int64(c.server.Limits.StreamWindow)
		st.body.left, st.req.ContentLength = -1, -1
		if b.Length >= 0 {
			st.body.left = b.Length
		}
		if b.Length > 0 { // of 0, the end of the stream has yet to show that it is true
			st.req.ContentLength = b.Length
		}
		if st.connect { // what comes is for who it is switched to
			st.req.ContentLength = 0
		} else {
			st.req.Body, st.req.Trailer = &st.body, st.body.trailerFields
		}
	}
	c.mu.Lock()
	dead := c.dead
	if !dead {
		c.streams[st.id] = st
		c.running++
		c.idle.Store(0)
	}
	c.mu.Unlock()
	if !dead {
		c.server.workers.do(st)
	}
}

func (c *conn) endTrailer() error {
	b, st := &c.block, c.block.st
	switch {
	case st.connect:
		b.Bad("fields follow on a stream that has been switched")
	case !b.ends:
		b.Bad("a trailer does not end its stream")
	case b.Refusal != nil:
		b.Bad(b.Refusal.Why)
	}
	if b.Malformed != "" {
		return c.refuse(st.id, http2.ErrCodeProtocol, errMalformed(b.Malformed))
	}
	return c.endBody(st)
}

// endBody takes note that the client has sent everything.
func (c *conn) endBody(st *stream) error {
	c.mu.Lock()
	if st.body.left > 0 {
		c.mu.Unlock()
		return c.refuse(st.id, http2.ErrCodeProtocol, errMalformed("it is shorter than its content-length"))
	}
	st.halfClosed = true
	st.body.end(io.EOF)
	if st.done {
		st.closed = true
		delete(c.streams, st.id)
	}
	c.mu.Unlock()
	return nil
}

// data takes content (RFC 9113 §6.1).
func (c *conn) data(f *http2.DataFrame) error {
	if c.budget.carries(len(f.Data()) > 0 || f.StreamEnded()) {
		return fail(http2.ErrCodeEnhanceYourCalm, "too many empty frames")
	}
	if c.isIdle(f.StreamID) {
		return fail(http2.ErrCodeProtocol, "a stream begins with DATA")
	}
	c.mu.Lock()
	st, code, why := c.content(f)
	c.mu.Unlock()
	switch {
	case why != nil:
		return why
	case code != http2.ErrCodeNo:
		return c.refuse(f.StreamID, code, errMalformed("it is more than was allowed"))
	case st != nil && f.StreamEnded():
		return c.endBody(st)
	}
	return nil
}

// content takes the content of a frame. The code is one to reset the stream with. mu is
// held.
func (c *conn) content(f *http2.DataFrame) (st *stream, code http2.ErrCode, err error) {
	size, p := int(f.Length), f.Data() // the windows count padding
	if c.receive -= int64(size); c.receive < 0 {
		return nil, 0, fail(http2.ErrCodeFlowControl, "more came than the window allows")
	}
	st = c.streams[f.StreamID]
	if st == nil || st.halfClosed {
		c.giveBackConn(size)
		if st == nil && c.wasReset(f.StreamID) {
			return nil, http2.ErrCodeNo, nil // it was sent before the client knew
		}
		return nil, http2.ErrCodeStreamClosed, nil
	}
	b := &st.body
	if b.window -= int64(size); b.window < 0 {
		c.giveBackConn(size)
		return nil, http2.ErrCodeFlowControl, nil
	}
	if b.left >= 0 {
		if b.left -= int64(len(p)); b.left < 0 {
			c.giveBackConn(size)
			return nil, http2.ErrCodeProtocol, nil
		}
	}
	c.giveBack(b, size-len(p))
	b.take(p)
	return st, http2.ErrCodeNo, nil
}

// rstStream ends a stream from the client's side (RFC 9113 §6.4).
func (c *conn) rstStream(f *http2.RSTStreamFrame) error {
	if c.isIdle(f.StreamID) {
		return fail(http2.ErrCodeProtocol, "a stream is reset that has not begun")
	}
	c.mu.Lock()
	st := c.streams[f.StreamID]
	if st != nil {
		c.abandon(st, errGone())
	}
	c.mu.Unlock()
	if st == nil {
		return c.control(1)
	}
	return c.resets()
}

// windowUpdate opens a window (RFC 9113 §6.9).
func (c *conn) windowUpdate(f *http2.WindowUpdateFrame) error {
	if f.StreamID != 0 && c.isIdle(f.StreamID) {
		return fail(http2.ErrCodeProtocol, "the window of a stream opens that has not begun")
	}
	c.earned()
	c.mu.Lock()
	over := c.widen(f)
	c.mu.Unlock()
	switch {
	case c.budget.update():
		return fail(http2.ErrCodeEnhanceYourCalm, "too many updates of windows")
	case over && f.StreamID == 0:
		return fail(http2.ErrCodeFlowControl, "a window is too large")
	case over:
		return c.refuse(f.StreamID, http2.ErrCodeFlowControl, errGone())
	}
	return nil
}

// widen opens a window, and reports whether it is too large then. mu is held.
func (c *conn) widen(f *http2.WindowUpdateFrame) bool {
	window := &c.window
	if f.StreamID != 0 {
		st := c.streams[f.StreamID]
		if st == nil {
			return false
		}
		window = &st.window
	}
	if *window += int64(f.Increment); *window > maxWindow {
		return true
	}
	c.changed.Broadcast()
	return false
}

// settings takes what the client asks of us (RFC 9113 §6.5). What it says of pushing
// and of its limits for heads makes no difference to us.
func (c *conn) settings(f *http2.SettingsFrame) error {
	if err := c.control(1 + f.NumSettings()/8); err != nil || f.IsAck() {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range f.NumSettings() {
		s := f.Setting(i)
		if err := s.Valid(); err != nil {
			var code http2.ConnectionError
			errors.As(err, &code)
			return fail(http2.ErrCode(code), "a setting has a value that it cannot have")
		}
		switch s.ID {
		case http2.SettingHeaderTableSize:
			c.encoder.limit(s.Val)
		case http2.SettingInitialWindowSize:
			more := int64(s.Val) - c.initial
			c.initial = int64(s.Val)
			for _, st := range c.streams {
				if st.window += more; st.window > maxWindow {
					return fail(http2.ErrCodeFlowControl, "a window is too large")
				}
			}
		}
	}
	_ = c.framer.WriteSettingsAck()
	c.changed.Broadcast()
	c.wake()
	return nil
}

// ping answers, or takes the answer that the client knows of the end.
func (c *conn) ping(f *http2.PingFrame) error {
	if err := c.control(1); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !f.IsAck():
		_ = c.framer.WritePing(true, f.Data)
		c.wake()
	case c.draining && f.Data == drainPing():
		c.refuseLater()
	}
	return nil
}

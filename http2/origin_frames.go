package http2

import (
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/net/http2"

	"hedge"
	"hedge/httpmsg"
)

// read takes frame after frame until the connection ends. The first settles the attempt by
// which it was made.
func (c *originConn) read(made *attempt) {
	ended := c.fails(c.greeting())
	if errors.Is(ended, errRetired) {
		c.client.settle(c.origin, made, nil)
	} else {
		c.client.settle(c.origin, made, ended)
	}
	for ended == nil {
		f, err := c.framer.ReadFrame()
		if err == nil {
			err = c.frame(f)
		} else {
			err = c.unreadable(err)
		}
		ended = c.fails(err)
	}
}

// fails ends the connection if err is one, and returns why it has ended, if it has.
func (c *originConn) fails(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.fail(err)
	}
	return c.err
}

// greeting takes what an origin says first (RFC 9113 §3.4).
func (c *originConn) greeting() error {
	_ = c.net.SetReadDeadline(time.Now().Add(c.client.cfg.HeadTimeout))
	f, err := c.framer.ReadFrame()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errSilent
	case err != nil:
		return c.unreadable(err)
	}
	_ = c.net.SetReadDeadline(time.Time{})
	settings, ok := f.(*http2.SettingsFrame)
	if !ok || settings.IsAck() {
		return fail(http2.ErrCodeProtocol, "the first frame is not SETTINGS")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.most = maxStreams // unless they say otherwise
	return c.settings(settings)
}

// unreadable says what follows from a frame that cannot be read.
func (c *originConn) unreadable(err error) error {
	var whole http2.ConnectionError
	var one http2.StreamError
	switch {
	case errors.As(err, &whole):
		return fail(http2.ErrCode(whole), "a frame is malformed, or out of order")
	case errors.Is(err, http2.ErrFrameTooLarge):
		return fail(http2.ErrCodeFrameSize, "a frame is too long")
	case errors.As(err, &one):
		return fail(http2.ErrCodeProtocol, "a frame is malformed")
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return err
}

// frame does what a frame says. An error ends the connection.
func (c *originConn) frame(f http2.Frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.out) > mostOutput {
		return fail(http2.ErrCodeEnhanceYourCalm, "too much is asked for, and too little read")
	}
	switch f := f.(type) {
	case *http2.HeadersFrame:
		c.block.begin(f.StreamID, c.streams[f.StreamID], false, f.StreamEnded())
		if c.isIdle(f.StreamID) {
			return fail(http2.ErrCodeProtocol, "an answer comes to no request")
		}
		if one := c.block.one; one != nil {
			c.block.trailer = one.head != nil
		}
		return c.fragment(f.HeaderBlockFragment(), f.HeadersEnded())
	case *http2.ContinuationFrame:
		return c.fragment(f.HeaderBlockFragment(), f.HeadersEnded())
	case *http2.DataFrame:
		return c.data(f)
	case *http2.RSTStreamFrame:
		return c.wasReset(f)
	case *http2.WindowUpdateFrame:
		return c.widen(f)
	case *http2.SettingsFrame:
		return c.settings(f)
	case *http2.PingFrame:
		if !f.IsAck() {
			_ = c.framer.WritePing(true, f.Data)
		}
	case *http2.GoAwayFrame:
		c.goAway(f)
	case *http2.PushPromiseFrame:
		return fail(http2.ErrCodeProtocol, "it pushes, though it must not")
	}
	return nil
}

// isIdle reports whether we have not begun a stream.
func (c *originConn) isIdle(id uint32) bool { return id >= c.next || id%2 == 0 }

// fragment takes a part of a header block, and does what it says when it is complete.
func (c *originConn) fragment(p []byte, ends bool) error {
	b := &c.block
	if b.wire += frameHeader + len(p); b.wire > 2*c.client.cfg.HeadBytes+frameHeader {
		return fail(http2.ErrCodeEnhanceYourCalm, "a header block is too large")
	}
	_, err := c.decoder.Write(p)
	if err == nil && ends {
		err = c.decoder.Close()
	}
	if err != nil {
		return fail(http2.ErrCodeCompression, "a header block cannot be decoded")
	}
	if one := b.one; ends && one != nil && one.ended == nil {
		c.take(one)
	}
	return nil
}

// take does what a whole header block says.
func (c *originConn) take(one *call) {
	b := &c.block
	switch {
	case b.malformed != "":
	case b.trailer && !b.ends:
		b.bad("fields come amid its content")
	case b.trailer:
		one.trailer = b.header
		one.whole()
		return
	case b.status == 0:
		b.bad("it has no status")
	case b.status < 200 && b.ends:
		b.bad("an interim answer is all there is")
	case b.status < 200:
		if one.interim++; one.interim < 16 {
			if one.req.Interim != nil && httpmsg.PassedOn(b.status) {
				one.hints = append(one.hints, httpmsg.Response{Status: b.status, Header: b.header})
				one.changed.Broadcast()
			}
			return
		}
		b.bad("there are more than 15 interim answers")
	}
	if b.malformed != "" {
		one.malformed(http2.ErrCodeProtocol, b.malformed)
		return
	}
	one.take(&httpmsg.Response{Status: b.status, Header: b.header}, b.length)
	if b.ends {
		one.whole()
	}
}

// data takes a part of an answer's content.
func (c *originConn) data(f *http2.DataFrame) error {
	if c.isIdle(f.StreamID) {
		return fail(http2.ErrCodeProtocol, "an answer comes to no request")
	}
	length := int64(f.Length) // with padding
	if c.receive -= length; c.receive < 0 {
		return fail(http2.ErrCodeFlowControl, "more content has come than the window allows")
	}
	if c.receive < answerConnWindow/2 {
		_ = c.framer.WriteWindowUpdate(0, uint32(answerConnWindow-c.receive))
		c.receive = answerConnWindow
	}
	one := c.streams[f.StreamID]
	if one == nil || one.ended != nil {
		return nil // we have given it up
	}
	data := f.Data()
	one.receive -= length
	one.giveBack(int(length) - len(data))
	switch {
	case one.receive < 0:
		one.malformed(http2.ErrCodeFlowControl, "more content has come than the window allows")
		return nil
	case one.head == nil:
		one.malformed(http2.ErrCodeProtocol, "its content comes before its head")
		return nil
	case one.left >= 0 && int64(len(data)) > one.left || one.empty && len(data) > 0:
		one.malformed(http2.ErrCodeProtocol, "its content is longer than it may be")
		return nil
	}
	if one.left >= 0 {
		one.left -= int64(len(data))
	}
	one.came.add(data)
	one.move()
	one.changed.Broadcast()
	if f.StreamEnded() {
		one.whole()
	}
	return nil
}

// wasReset takes the end of a request by the origin's doing (RFC 9113 §5.4.2).
func (c *originConn) wasReset(f *http2.RSTStreamFrame) error {
	if c.isIdle(f.StreamID) {
		return fail(http2.ErrCodeProtocol, "it resets no request")
	}
	one := c.streams[f.StreamID]
	if one == nil {
		return nil
	}
	one.reset = true
	if one.ended == nil && one.head == nil {
		switch f.ErrCode {
		case http2.ErrCodeRefusedStream:
			one.refuse()
			c.full = len(c.streams) > 0 // whatever it has said
			c.count()
			return nil
		case http2.ErrCodeHTTP11Required:
			one.decline()
			return nil
		}
	}
	one.end(hedge.Errorf(hedge.OutcomeOriginReset, "the origin %s broke off its answer: %v", c.origin, f.ErrCode))
	return nil
}

// goAway takes that the origin wants no further requests, and has not looked at some
// (RFC 9113 §6.8).
func (c *originConn) goAway(f *http2.GoAwayFrame) {
	c.retiring = true
	c.count()
	c.outgoing.Signal()
	for id, one := range c.streams {
		if id > f.LastStreamID && one.ended == nil {
			one.reset = true
			if f.ErrCode == http2.ErrCodeHTTP11Required {
				one.decline()
			} else {
				one.refuse()
			}
		}
	}
}

// widen opens a window.
func (c *originConn) widen(f *http2.WindowUpdateFrame) error {
	window := &c.window
	one := c.streams[f.StreamID]
	switch {
	case f.StreamID != 0 && c.isIdle(f.StreamID):
		return fail(http2.ErrCodeProtocol, "it opens a window for no request")
	case f.StreamID != 0 && one == nil:
		return nil
	case f.StreamID != 0:
		window = &one.window
	}
	if *window += int64(f.Increment); *window > maxWindow {
		return fail(http2.ErrCodeFlowControl, "a window is too large")
	}
	if f.StreamID == 0 {
		c.moved()
	} else {
		one.changed.Broadcast()
	}
	return nil
}

// settings takes what the origin asks of us (RFC 9113 §6.5). Our frames are no longer
// than all have to take.
func (c *originConn) settings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
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
		case http2.SettingMaxConcurrentStreams:
			c.most = int(min(s.Val, maxStreams))
		case http2.SettingInitialWindowSize:
			more := int64(s.Val) - c.initial
			c.initial = int64(s.Val)
			for _, one := range c.streams {
				if one.window += more; one.window > maxWindow {
					return fail(http2.ErrCodeFlowControl, "a window is too large")
				}
			}
		}
	}
	_ = c.framer.WriteSettingsAck()
	c.count()
	c.moved()
	return nil
}

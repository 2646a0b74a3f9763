package http3

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"

	"hedge/httpmsg"
	"hedge/serving"
)

// clientStreams is how many streams in one direction a client may have open: the three
// that it needs, and some whose types we do not know (RFC 9114 §6.2.3).
const clientStreams = 16

// conn is a connection.
type conn struct {
	server        *Server
	quic          *quic.Conn
	tls           *httpmsg.TLSInfo
	remote, local netip.AddrPort

	idle atomic.Int64 // second since which there has been no request; 0 while there is one

	mu       sync.Mutex         // guards what follows
	control  *quic.SendStream   // nil before it has been opened
	controls serving.Allowance  // for what asks for nothing
	resets   serving.Allowance  // for requests that end early
	running  int                // requests whose handlers have not ended
	next     quic.StreamID      // of the first request that has not been taken
	draining bool               // the client has been told to go elsewhere
	final    bool               // and what it sends now is rejected
	talks    map[*stream]func() // what ends the streams that were switched to another protocol
	// Streams of the client's of which there is one each have been seen.
	hasControl, hasEncoder, hasDecoder bool
}

// serve takes the client's streams until the connection ends.
func (c *conn) serve() {
	c.idle.Store(c.server.clock.Load())
	if err := c.greet(); err != nil {
		c.end(codeInternalError, "")
		return
	}
	var streams sync.WaitGroup
	streams.Go(func() { // until the connection ends
		for st, err := c.quic.AcceptUniStream(context.Background()); err == nil; st, err = c.quic.AcceptUniStream(context.Background()) {
			streams.Go(func() { c.listen(st) })
		}
	})
	for st, err := c.quic.AcceptStream(context.Background()); err == nil; st, err = c.quic.AcceptStream(context.Background()) {
		if c.take(st) {
			streams.Go(func() { c.request(st) })
		}
	}
	streams.Wait()
}

// greet opens our control stream. The tables of QPACK stay empty: their settings are left
// at 0.
func (c *conn) greet() error {
	st, err := c.quic.OpenUniStream()
	if err != nil {
		return err
	}
	settings := quicvarint.Append(quicvarint.Append(nil, settingFieldSection), uint64(c.server.Limits.HeadBytes))
	settings = quicvarint.Append(quicvarint.Append(settings, settingConnectProtocol), 1) // RFC 9220 §5
	_, err = st.Write(append(appendFrame([]byte{streamControl}, frameSettings, len(settings)), settings...))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.control = st
	switch {
	case c.final:
		c.goAway(c.next)
	case c.draining:
		c.goAway(anyRequest)
	}
	return err
}

// take counts a request, or rejects it.
func (c *conn) take(st *quic.Stream) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.final {
		endStream(st, codeRequestRejected)
		st.ReleaseStreamCredit()
		return false
	}
	c.next = st.StreamID() + 4 // RFC 9000 §2.1
	c.running++
	c.idle.Store(0)
	return true
}

// leave says that a request is over. early says that its stream ended before the answer.
func (c *conn) leave(early bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	if c.running == 0 {
		c.idle.Store(c.server.clock.Load())
	}
	switch {
	case early && c.resets.Take(1, c.server.clock.Load()):
		go c.end(codeExcessiveLoad, "too many requests end before their answers do")
	case !early:
		c.resets.GiveBack(1) // which makes up for one that ended early
	}
	if c.final && c.running == 0 {
		c.linger()
	}
}

// lingering is how long requests are taken from a client that has been told to go
// elsewhere and may not know yet. It is also how long a connection that is to end is kept for
// its last answer to arrive, of which QUIC drops what has not been sent when the connection is
// closed. A client that knows closes it before that.
const lingering = time.Second

// linger ends the connection in a while.
func (c *conn) linger() {
	time.AfterFunc(lingering, func() { c.end(codeNoError, "") })
}

// asksNothing takes a frame or a stream that asks for nothing.
func (c *conn) asksNothing() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.controls.Take(1, c.server.clock.Load()) {
		return fail(codeExcessiveLoad, "too much that asks for nothing")
	}
	return nil
}

// drain tells the client to go elsewhere. What it sends before it knows is served; so the
// first GOAWAY rejects nothing (RFC 9114 §5.2). Streams that have been switched to another
// protocol might go on for ever, and are told to end.
func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining {
		return
	}
	c.draining = true
	c.goAway(anyRequest)
	time.AfterFunc(lingering, c.rejectLater)
	for _, end := range c.talks {
		go end() // it may have something to say first
	}
}

// rejectLater says which requests are still served, and ends the connection when they have
// ended.
func (c *conn) rejectLater() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.final = true
	c.goAway(c.next)
	if c.running == 0 {
		c.linger()
	}
}

// anyRequest is the ID of a stream that no client comes to (RFC 9114 §5.2).
const anyRequest quic.StreamID = 1<<62 - 4

// goAway says from which request on they are rejected. mu is held. Where greet has not
// come as far, it does this.
func (c *conn) goAway(from quic.StreamID) {
	if c.control == nil {
		return
	}
	id := quicvarint.Append(nil, uint64(from))
	_ = c.control.SetWriteDeadline(time.Now().Add(c.server.Limits.WriteTimeout))
	_, _ = c.control.Write(append(appendFrame(nil, frameGoAway, len(id)), id...))
}

// expire ends the connection if it has had no request for too long.
func (c *conn) expire(now int64) {
	if since := c.idle.Load(); since != 0 && now-since > int64(c.server.Limits.IdleTimeout.Seconds()) {
		go c.drain()
	}
}

// end ends the connection. It waits for QUIC, so it is not for who holds mu.
func (c *conn) end(why code, text string) {
	_ = c.quic.CloseWithError(quic.ApplicationErrorCode(why), text)
}

// blame ends the connection for a fault of the client's, if err is one that ends it.
func (c *conn) blame(err error) {
	var f *fault
	if errors.As(err, &f) && !f.one {
		c.end(f.code, f.why)
	}
}

// past is a deadline that is over.
func past() time.Time { return time.Unix(1, 0) }

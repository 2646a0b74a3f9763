package http1

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"

	"hedge/httpmsg"
	"hedge/serving"
)

// The phases of a connection.
const (
	phaseIdle  = iota // waits for the first byte of a request
	phaseHead         // reads a head
	phaseBusy         // a request is being answered
	phaseEnded        // was ended by the server
)

// conn is one connection with a client. Its goroutine takes request after request.
type conn struct {
	server *Server
	net    net.Conn
	raw    net.Conn         // net, or what is below it if that is TLS
	tls    *httpmsg.TLSInfo // nil without TLS
	in     reader
	remote netip.AddrPort
	local  netip.AddrPort

	life  serving.Lifetime // of the requests
	phase atomic.Int32
	since atomic.Int64 // when the phase began, by the server's clock
	token uint64       // the watch's name for it

	goAway func() // ends what the connection was switched to; set within the server's conns.Do

	writing atomic.Int64 // when the write that goes on began, by that clock; 0 if none does
	// due is when the content that is waited for has to have come, by that clock; 0 if none
	// is, and late once it has not come in time.
	due atomic.Int64
}

func newConn(s *Server, nc net.Conn, info *httpmsg.TLSInfo) *conn {
	c := &conn{server: s, net: nc, raw: nc, tls: info, in: reader{from: nc}}
	if over, ok := nc.(interface{ NetConn() net.Conn }); ok {
		c.raw = over.NetConn()
	}
	if c.in.quiet = newQuiet(nc, &c.in); c.in.quiet == nil {
		c.in.buf = make([]byte, initialBuffer)
	}
	if addr, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		c.remote = addr.AddrPort()
	}
	if addr, ok := nc.LocalAddr().(*net.TCPAddr); ok {
		c.local = addr.AddrPort()
	}
	c.since.Store(s.clock.Load())
	return c
}

// late is in the place of a time when that is up.
const late = -1

// enter begins a phase, unless the server has ended the connection.
func (c *conn) enter(from, to int32) bool {
	c.since.Store(c.server.clock.Load())
	return c.phase.CompareAndSwap(from, to)
}

func (c *conn) serve() {
	if c.handOver() {
		return
	}
	defer c.server.closed(c)
	defer c.life.End()
	defer c.net.Close()
	for c.exchange() {
		if !c.enter(phaseBusy, phaseIdle) {
			return
		}
		// With a time for idle connections, the answer to the next request tells the client.
		if c.server.conns.Stopping() && c.server.Limits.DrainIdleTimeout == 0 && c.phase.CompareAndSwap(phaseIdle, phaseEnded) {
			c.linger()
			return
		}
	}
}

// handOver hands a connection over that begins with HTTP/2's preface.
func (c *conn) handOver() bool {
	if c.tls != nil || c.server.Preface == nil || !c.in.preface() || !c.enter(phaseIdle, phaseEnded) {
		return false
	}
	serve := c.server.Preface(c.net, c.in.buf[c.in.r:c.in.w])
	c.server.closed(c)
	serve()
	return true
}

// exchange takes one request and reports whether another may follow.
func (c *conn) exchange() bool {
	if c.in.await() != nil || !c.enter(phaseIdle, phaseHead) {
		return false
	}
	req, f, err := c.next()
	var refused *httpmsg.Refusal
	if err != nil {
		if refused = asRefusal(err); refused == nil {
			return false // the client has gone, or has taken too long
		}
	}
	if !c.enter(phaseHead, phaseBusy) {
		return false
	}
	req.Remote, req.Local, req.TLS = c.remote, c.local, c.tls
	if c.tls != nil {
		req.Scheme = "https"
	}
	if req.Authority == "" && f.http10 { // which need not name a host (RFC 9112 §3.2.2)
		req.Authority = c.net.LocalAddr().String()
	}
	return c.answer(req, f, refused)
}

// next reads a head.
func (c *conn) next() (*httpmsg.Request, framing, error) {
	head, err := c.in.head(c.server.Limits.HeadBytes)
	if err != nil {
		return &httpmsg.Request{Scheme: "http", Proto: "HTTP/1.1"}, framing{}, err
	}
	return parseHead(head, &c.server.Limits)
}

func asRefusal(err error) *httpmsg.Refusal {
	var r *refusal
	if !errors.As(err, &r) {
		return nil
	}
	return &httpmsg.Refusal{Status: r.status, Why: r.why}
}

// answer has a request answered. After one that cannot be trusted the connection ends.
func (c *conn) answer(req *httpmsg.Request, f framing, refused *httpmsg.Refusal) bool {
	out := &Response{conn: c, close: f.close || refused != nil, http10: f.http10}
	if refused == nil && f.length != 0 {
		b := &body{conn: c, content: contentOf(&c.in, f, c.server.Limits.HeadBytes), expects: f.expects}
		req.Body, out.upload = b, b
		if b.content.chunked {
			req.Trailer = b.trailerFields
		}
	}
	c.handle(req, refused, out)
	next := out.upload == nil || out.upload.finished()
	switch {
	case !out.done:
		c.breakOff()
		return false
	case !next || out.close:
		c.linger()
		return false
	}
	return true
}

// handle calls the handler. If it panics and that is reported to somebody, only this
// connection ends.
func (c *conn) handle(req *httpmsg.Request, refused *httpmsg.Refusal, out *Response) {
	defer func() {
		if c.server.Panicked == nil {
			return // and let the panic take its way
		}
		if reason := recover(); reason != nil {
			out.done = false
			c.server.Panicked(reason, debug.Stack())
		}
	}()
	c.server.Handler(&c.life, req, refused, out)
}

// maxWrite bounds one write, so that a write which takes long is one that gets nowhere.
const maxWrite = 256 << 10

// write writes to the client, and returns how much of it. The patrol ends a write
// that gets nowhere.
func (c *conn) write(p []byte) (n int, err error) {
	defer c.writing.Store(0)
	for n < len(p) && err == nil {
		c.writing.Store(c.server.clock.Load())
		var wrote int
		wrote, err = writeTo(c.net, c.in.quiet, p[n:min(len(p), n+maxWrite)])
		n += wrote
	}
	return n, err
}

// end ends the connection from another goroutine. Saying so by TLS could take long.
func (c *conn) end() {
	c.life.End()
	_ = c.raw.Close()
}

// breakOff ends the connection so that nobody takes for whole what is not: by TLS
// nothing is said, as its end would be one that was meant.
func (c *conn) breakOff() {
	if tcp, ok := c.raw.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.raw.Close()
}

// linger ends the connection so that the client gets the last answer although it still
// sends: a system that finds unread bytes when it closes would destroy the answer on its
// way. What comes is thrown away, for as long and as much as the limits say.
func (c *conn) linger() {
	for _, nc := range []net.Conn{c.net, c.raw} { // the end of TLS, and then that of what is below
		if closer, ok := nc.(interface{ CloseWrite() error }); !ok || closer.CloseWrite() != nil {
			return
		}
		if c.raw == c.net {
			break
		}
	}
	limits := &c.server.Limits
	end := time.Now().Add(limits.LingerTime)
	for left := limits.LingerBytes; left > 0; {
		if c.server.conns.Stopping() { // which waits for this
			end = earlier(end, time.Now().Add(lingerStopping))
		}
		_ = c.net.SetReadDeadline(earlier(end, time.Now().Add(limits.LingerSilence)))
		n, err := io.CopyN(io.Discard, c.net, min(left, lingerPiece))
		if left -= n; err != nil {
			return
		}
	}
}

// lingerPiece is after how many bytes the time is looked at, and lingerStopping the time
// for a client when the server is about to end.
const (
	lingerPiece    = 64 << 10
	lingerStopping = 500 * time.Millisecond
)

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

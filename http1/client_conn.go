package http1

import (
	"bytes"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// originConn is one connection with an origin. Between take and put it belongs to one
// exchange.
type originConn struct {
	client *Client
	pool   *pool
	net    net.Conn
	plain  net.Conn // net, or what is below its TLS
	in     reader
	peek   peeker
	turn   turn

	reused bool  // it has carried an exchange before this one
	heard  bool  // a byte of the answer has come
	since  int64 // when it became idle; guarded by the client's mu

	// waiting is since when an answer is waited for, in milliseconds by the client's
	// clock; 0 if none is, and sending while a request's body is under way.
	waiting atomic.Int64
	// writing is when the write that goes on began; 0 if none does.
	writing atomic.Int64
	// reading is since when the answer's content is waited for, or when a part of the request
	// has last been sent meanwhile; 0 if it is not waited for.
	reading atomic.Int64
	// cause is why the connection was ended from another goroutine.
	cause atomic.Int32
}

// sending is in the place of a time as long as the request has not been sent.
const sending = -1

// The causes.
const (
	causeNone     = iota
	causeTimeout  // the origin took too long to answer
	causeFull     // the origin took too long to take the request
	causeStalled  // the origin took too long amid its answer
	causeGivenUp  // nobody waits for the answer any more
	causeUpload   // the request's body broke off
	causeNotWhole // the answer was not read to its end
)

func newOriginConn(c *Client, p *pool, nc net.Conn) *originConn {
	conn := &originConn{client: c, pool: p, net: nc, plain: nc, in: reader{from: nc, buf: make([]byte, initialBuffer)}}
	if layered, ok := nc.(interface{ NetConn() net.Conn }); ok {
		conn.plain = layered.NetConn()
	}
	conn.peek.init(conn.plain)
	if conn.net == conn.plain {
		conn.turn.init(conn.plain)
	}
	return conn
}

// clean reports whether a connection that has been idle is as it was left: the origin
// has neither ended it nor sent anything since.
func (c *originConn) clean() bool {
	if c.in.buffered() > 0 || c.cause.Load() != causeNone || !c.peek.quiet() {
		return false
	}
	return c.net == c.plain || c.nothingDecrypted()
}

// nothingDecrypted reports whether the TLS layer has nothing to yield, of what it has
// read ahead. The deadline keeps it from reading on.
func (c *originConn) nothingDecrypted() bool {
	_ = c.net.SetReadDeadline(time.Unix(1, 0))
	n, err := c.net.Read(make([]byte, 1))
	_ = c.net.SetReadDeadline(time.Time{})
	var late net.Error
	return n == 0 && errors.As(err, &late) && late.Timeout()
}

// write writes to the origin, and returns how much of it. The patrol ends a write that
// gets nowhere.
func (c *originConn) write(p []byte) (n int, err error) {
	defer c.writing.Store(0)
	for n < len(p) && err == nil {
		c.writing.Store(c.client.clock.Load())
		var wrote int
		wrote, err = c.net.Write(p[n:min(len(p), n+maxWrite)])
		n += wrote
	}
	return n, err
}

// errDirty says that a connection was not as it was left, and that nothing was sent.
var errDirty = errors.New("http1: something has come over an idle connection")

// ask sends a whole request and waits until the answer begins to come. An error is
// errDirty, or one of reading.
func (c *originConn) ask(p []byte) error {
	if !c.turn.possible() || len(p) > maxTurn {
		if c.reused && !c.clean() {
			return errDirty
		}
		_, _ = c.write(p) // if it fails, there may be an answer all the same
		return nil
	}
	if c.in.buffered() > 0 || c.cause.Load() != causeNone {
		return errDirty
	}
	sent, got, dirty, err := c.turn.take(p, c.in.room(), c.reused)
	switch c.in.w += got; {
	case dirty:
		return errDirty
	case sent < len(p):
		_, _ = c.write(p[sent:])
		return nil
	}
	return err
}

// maxTurn is the longest request that is sent in one visit to the connection.
const maxTurn = 64 << 10

// What every answer begins with.
var answerStart = []byte("HTTP/1.")

// head reads the head of an answer. An error is a *refusal, or one of the connection.
func (c *originConn) head() (string, error) {
	if err := c.in.await(); err != nil {
		return "", err
	}
	c.heard = true
	for { // until it is certain that somebody speaks HTTP: others do not end their lines so
		there := c.in.buf[c.in.r:c.in.w]
		if !bytes.HasPrefix(there, answerStart[:min(len(there), len(answerStart))]) {
			return "", bad("it does not begin with HTTP/1.1 or HTTP/1.0")
		}
		if len(there) >= len(answerStart) {
			return c.in.head(c.client.cfg.HeadBytes)
		}
		if err := c.in.fill(); err != nil {
			return "", unexpected(err)
		}
	}
}

// expire ends the connection if the origin has taken too long by now.
func (c *originConn) expire(now int64) {
	cfg := &c.client.cfg
	if waiting := c.waiting.Load(); waiting > 0 && longer(now, waiting, cfg.HeadTimeout) {
		c.end(causeTimeout)
	}
	if writing := c.writing.Load(); writing > 0 && longer(now, writing, cfg.WriteTimeout) {
		c.end(causeFull)
	}
	if reading := c.reading.Load(); reading > 0 && longer(now, reading, cfg.StreamIdleTimeout) {
		c.end(causeStalled)
	}
}

// moved says that a part of the request has been sent: whoever waits for the answer's
// content waits anew.
func (c *originConn) moved() {
	if since := c.reading.Load(); since > 0 {
		c.reading.CompareAndSwap(since, c.client.clock.Load())
	}
}

// end ends the connection at once, from another goroutine. Who uses it finds the cause.
func (c *originConn) end(cause int32) {
	c.cause.CompareAndSwap(causeNone, cause)
	_ = c.plain.Close()
}

// close closes a connection that nobody uses.
func (c *originConn) close() {
	if c.cause.Load() == causeNone && c.net != c.plain {
		go func() { _ = c.net.Close() }() // has a last word to send, for 5 s at most
		return
	}
	_ = c.plain.Close()
}

// discard ends and forgets a connection that must not be used again.
func (c *originConn) discard() {
	c.client.remove(c)
	c.close()
}

// broken reports whether an error is one of the connection, and not of what came over
// it.
func broken(err error) bool {
	var r *refusal
	return !errors.As(err, &r)
}

package http2

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// ClientConfig is what a Client is made of. It is not changed once a Client has it.
type ClientConfig struct {
	// Dial connects to an origin that speaks HTTP/2 from the first byte on; with the scheme
	// https, the TLS handshake is done when it returns. It bounds its time. Its error is a
	// *hedge.Error, or that of ctx.
	Dial func(ctx context.Context, to httpmsg.Origin) (net.Conn, error)
	// HeadTimeout bounds the time from when a request has been sent, body included, to
	// the head of the answer.
	HeadTimeout time.Duration
	// StreamIdleTimeout is for a part of an answer's content to come that somebody waits for,
	// and for the origin to open a window that a request waits for; what moves one way gives
	// the other its time anew.
	StreamIdleTimeout time.Duration
	// WriteTimeout is for the system to take what is written.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection is kept that carries nothing. One with a Preamble
	// is kept for five seconds at most, as it serves one client's connection alone.
	IdleTimeout time.Duration
	// IdlePerOrigin and Idle bound the number of such connections.
	IdlePerOrigin int
	Idle          int
	// HeadBytes bounds the fields of an answer's head, and those of its trailer, decoded,
	// with 32 bytes for each (RFC 9113 §6.5.2); Fields their number.
	HeadBytes int
	Fields    int
}

// ErrHTTP11Required is within the error of a request that an origin has not looked at, and
// would take over HTTP/1.1 (RFC 9113 §7).
var ErrHTTP11Required = errors.New("http2: the origin asks for HTTP/1.1")

// maxStreams is how many requests share a connection, if the origin allows as many;
// others get another one. Before it has said how many it takes, firstStreams do.
const (
	maxStreams   = 100
	firstStreams = 1
)

// maxAttempts is how often a request is sent that the origin has not looked at.
const maxAttempts = 3

// maxConnections is how many connections are tried that turn out to be full.
const maxConnections = 16

// Client sends requests to origins over HTTP/2. It is a httpmsg.RoundTripper. It follows
// no redirects, decodes no content and keeps no cookies. Interim answers go to
// Request.Interim, and requests with an Upgrade are refused.
//
// A request that an origin has said not to have looked at is sent again, whatever its method
// (RFC 9113 §8.7), unless more of its content has been read than is kept; then it fails with
// origin-refused. One without content that can be repeated is, too, when a connection that
// had carried others breaks before there was an answer.
type Client struct {
	cfg  ClientConfig
	idle idlePool

	mu    sync.Mutex // guards what follows
	conns map[httpmsg.Origin][]*originConn
	// connecting has the origins that are being connected to.
	connecting map[httpmsg.Origin]*attempt
}

// attempt is a connection that one makes for all who wait for it.
type attempt struct {
	done chan struct{} // closed when the origin has said how many requests it takes, or never will
	err  error         // why none of them gets any; written before done is closed
	room chan struct{} // has a token when an older connection has room, for one of them to look
}

// wake has one of those who wait look again.
func (a *attempt) wake() {
	select {
	case a.room <- struct{}{}:
	default: // one is going to
	}
}

var _ httpmsg.RoundTripper = (*Client)(nil)

// NewClient makes a client.
func NewClient(cfg ClientConfig) *Client {
	return &Client{cfg: cfg, idle: newIdlePool(cfg), conns: map[httpmsg.Origin][]*originConn{}, connecting: map[httpmsg.Origin]*attempt{}}
}

// Close closes the connections that carry nothing, and the others as soon as they do.
// Later requests make new ones.
func (c *Client) Close() {
	c.mu.Lock()
	all := c.conns
	c.conns = map[httpmsg.Origin][]*originConn{}
	c.mu.Unlock()
	for _, conns := range all {
		for _, conn := range conns {
			conn.retire()
		}
	}
}

// RoundTrip sends a request. It connects to req.Endpoint, or else to req.Authority. The
// messages of its errors name the origin by scheme, host and port alone.
func (c *Client) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	to := req.Origin()
	head, err := composeHead(req, to)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	var body *httpmsg.HeldBody
	if req.Body != nil {
		ours := *req
		req, body = &ours, httpmsg.Hold(&ours, true)
		defer body.Release()
	}
	for attempt := 1; ; attempt++ {
		one, err := c.begin(ctx, req, to, head)
		if err != nil {
			closeBody(req)
			return nil, meaning(ctx, err, to)
		}
		res, err := one.await()
		if err == nil || attempt == maxAttempts || !one.repeatable() || !body.Rearm() {
			if one.upload == nil { // which closes it itself
				closeBody(req)
			}
			return res, err
		}
	}
}

func closeBody(req *httpmsg.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// Connected reports whether a request to an origin needs no new connection: one has room, or is
// being made.
func (c *Client) Connected(to httpmsg.Origin) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.connecting[to] != nil || slices.ContainsFunc(c.conns[to], (*originConn).hasRoom)
}

// begin sends a request's head over a connection that has room for it.
func (c *Client) begin(ctx context.Context, req *httpmsg.Request, to httpmsg.Origin, head []byte) (*call, error) {
	for range maxConnections {
		conn, err := c.connection(ctx, to)
		if err != nil {
			return nil, err
		}
		if one := conn.begin(ctx, req, head); one != nil {
			return one, nil
		}
	}
	return nil, hedge.Errorf(hedge.OutcomeOriginRefused, "the origin %s takes connections, but no requests", to)
}

// connection returns one with room, at the time of looking. One goroutine at a time
// connects to an origin, and the others wait for what comes of it, for better or worse, or
// for an older connection to have room.
func (c *Client) connection(ctx context.Context, to httpmsg.Origin) (*originConn, error) {
	var others *attempt
	for {
		c.mu.Lock()
		for _, conn := range c.conns[to] {
			if conn.hasRoom() {
				if others != nil {
					others.wake() // there may be more
				}
				c.mu.Unlock()
				return conn, nil
			}
		}
		if others != nil && others.err != nil {
			c.mu.Unlock()
			return nil, others.err
		}
		if others = c.connecting[to]; others == nil {
			ours := &attempt{done: make(chan struct{}), room: make(chan struct{}, 1)}
			c.connecting[to] = ours
			for _, conn := range c.conns[to] {
				conn.awaited.Store(ours)
			}
			c.mu.Unlock()
			return c.dial(ctx, to, ours)
		}
		c.mu.Unlock()
		select {
		case <-others.done:
		case <-others.room:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (c *Client) dial(ctx context.Context, to httpmsg.Origin, ours *attempt) (*originConn, error) {
	nc, err := c.cfg.Dial(ctx, to)
	if err != nil {
		if ctx.Err() == nil {
			c.settle(to, ours, err)
		} else { // nobody waits for this request any more, but for others
			c.settle(to, ours, nil)
		}
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	conn := newOriginConn(c, to, nc)
	c.conns[to] = append(c.conns[to], conn)
	go conn.read(ours) // until the connection ends
	go conn.write()    // until the connection ends
	return conn, nil
}

// settle ends an attempt. All who wait for it fail with the error; without one they look
// again, and perhaps try themselves.
func (c *Client) settle(to httpmsg.Origin, what *attempt, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	what.err = err
	delete(c.connecting, to)
	close(what.done)
}

// forget takes a connection out that gets no further requests.
func (c *Client) forget(conn *originConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := slices.DeleteFunc(c.conns[conn.origin], func(other *originConn) bool { return other == conn })
	if c.conns[conn.origin] = left; len(left) == 0 {
		delete(c.conns, conn.origin)
	}
}

// meaning makes a *hedge.Error of what happened before there was a connection.
func meaning(ctx context.Context, err error, to httpmsg.Origin) error {
	var known *hedge.Error
	switch {
	case errors.As(err, &known):
		return known
	case ctx.Err() == nil:
		return hedge.Wrap(err, hedge.OutcomeOriginRefused, "there is no way to connect to the origin %s", to)
	}
	return abandoned(ctx, to)
}

// abandoned says why ctx has ended.
func abandoned(ctx context.Context, to httpmsg.Origin) error {
	cause := context.Cause(ctx)
	var known *hedge.Error
	switch {
	case errors.As(cause, &known):
		return known
	case errors.Is(cause, context.DeadlineExceeded):
		return hedge.Wrap(cause, hedge.OutcomeOriginTimeout, "the origin %s did not answer in time", to)
	}
	return hedge.Wrap(cause, hedge.OutcomeClientGone, "nobody waits for the answer of the origin %s any more", to)
}

package http1

import (
	"context"
	"net"
	"sync"
	"time"

	"hedge/httpmsg"
	"hedge/serving"
)

// ClientConfig is what a Client is made of. It is not changed once a Client has it.
type ClientConfig struct {
	// Dial connects to an origin; with the scheme https, the TLS handshake is done when
	// it returns. It bounds its time. Its error is a *hedge.Error, or that of ctx.
	Dial func(ctx context.Context, to httpmsg.Origin) (net.Conn, error)
	// HeadTimeout bounds the time from when a request has been sent, body included,
	// to the head of the answer. It and the next three are kept to within a second, or an
	// eighth of the shortest of them.
	HeadTimeout time.Duration
	// WriteTimeout is for the system to take 256 KiB of a request, or what is left of it.
	WriteTimeout time.Duration
	// StreamIdleTimeout is for the next bytes of an answer's content to come, while somebody
	// waits for them and nothing more of the request can be sent.
	StreamIdleTimeout time.Duration
	// IdleTimeout is how long a connection is kept that carries nothing.
	IdleTimeout time.Duration
	// TunnelTimeout ends a connection that has been switched to another protocol when
	// nothing has passed either way for so long; 0: never.
	TunnelTimeout time.Duration
	// IdlePerOrigin and Idle bound the number of such connections.
	IdlePerOrigin int
	Idle          int
	// HeadBytes bounds the status line and the fields of an answer together, and those of
	// its trailer; Fields their number.
	HeadBytes int
	Fields    int
}

// Client sends requests to origins over HTTP/1.1 and keeps connections. It is a
// httpmsg.RoundTripper. It follows no redirects, decodes no content and keeps no
// cookies. Interim answers go to Request.Interim.
//
// A connection is used again only if the whole answer has been read and the whole
// request sent, and nothing has come since. A request that can be repeated is sent
// once more, over a new connection, when one that had been kept turns out to be dead
// before a byte of an answer has come.
type Client struct {
	cfg   ClientConfig
	clock serving.Clock // in milliseconds, as of the last patrol
	heads sync.Pool     // of *[]byte: heads of requests

	mu    sync.Mutex // guards what follows
	pools map[httpmsg.Origin]*pool
	idle  int // connections that carry nothing
	// conns are all the connections. While there are any, the patrol goes round; closing
	// gone ends it.
	conns map[*originConn]struct{}
	gone  chan struct{}
	// closing says that no connection is kept until the next request.
	closing bool
}

var _ httpmsg.RoundTripper = (*Client)(nil)

// NewClient makes a client.
func NewClient(cfg ClientConfig) *Client {
	c := &Client{
		cfg: cfg, pools: map[httpmsg.Origin]*pool{}, conns: map[*originConn]struct{}{},
		heads: sync.Pool{New: func() any { return new([]byte) }},
	}
	c.clock.Start(time.Millisecond)
	return c
}

// Close closes the connections that carry nothing, and the others as soon as they do,
// until there is another request.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing = true
	for _, p := range c.pools {
		for len(p.idle) > 0 {
			c.drop(p.idle[0])
		}
	}
}

// RoundTrip sends a request. It connects to req.Endpoint, or else to req.Authority.
// The messages of its errors name the origin by scheme, host and port alone.
func (c *Client) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	t := &trip{client: c, ctx: ctx, req: req, origin: req.Origin()}
	t.head = c.heads.Get().(*[]byte)
	res, err := t.run()
	if cap(*t.head) <= keptBuffer {
		c.heads.Put(t.head)
	}
	if req.Body != nil && t.upload == nil { // which closes it itself
		_ = req.Body.Close()
	}
	return res, err
}

// connect returns a connection, which is a new one if it has to be.
func (c *Client) connect(ctx context.Context, to httpmsg.Origin, fresh bool) (*originConn, error) {
	if !fresh {
		if conn := c.take(to); conn != nil {
			return conn, nil
		}
	}
	nc, err := c.cfg.Dial(ctx, to)
	if err != nil {
		return nil, err
	}
	return c.add(to, nc), nil
}

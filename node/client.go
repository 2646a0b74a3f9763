package node

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"hedge"
	"hedge/egress"
	"hedge/http1"
	"hedge/http2"
	"hedge/httpmsg"
)

// ClientConfig is what a Client is made of. It is not changed once a Client has it.
type ClientConfig struct {
	// ConnectTimeout bounds finding the address and connecting, and once more the
	// TLS handshake.
	ConnectTimeout time.Duration
	// HeadTimeout bounds the time from when a request has been sent, body included,
	// to the head of the answer.
	HeadTimeout time.Duration
	// WriteTimeout is for the system to take 256 KiB of a request, or what is left of it.
	WriteTimeout time.Duration
	// StreamIdleTimeout is for the next part of an answer's content to come that somebody
	// waits for, or of the request's to go there meanwhile.
	StreamIdleTimeout time.Duration
	// IdleTimeout is how long a connection is kept that carries nothing.
	IdleTimeout time.Duration
	// TunnelTimeout ends a connection that has been switched to another protocol when
	// nothing has passed either way for so long.
	TunnelTimeout time.Duration
	// IdlePerOrigin and Idle bound the number of such connections.
	IdlePerOrigin int
	Idle          int
	// MaxHeadBytes bounds the head of an answer, and MaxFields the number of its fields.
	MaxHeadBytes int
	MaxFields    int
	// Protocol is what is spoken; empty stands for HTTP/1.1. A request with an Upgrade goes
	// over HTTP/1.1 in any case.
	Protocol hedge.Protocol
	// TLS is the base of the configuration; nil trusts what the system trusts.
	TLS *tls.Config
	// Egress says which addresses may be connected to; nil stands for every one.
	// It is asked about each address that is dialled, after its name was resolved.
	Egress *egress.Policy
	// Resolver finds the addresses of names; nil stands for the system's.
	Resolver *net.Resolver
}

// DefaultClientConfig returns a configuration that suits most origins.
func DefaultClientConfig() ClientConfig {
	return ClientConfig{
		ConnectTimeout:    5 * time.Second,
		HeadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		StreamIdleTimeout: 5 * time.Minute,
		IdleTimeout:       60 * time.Second,
		TunnelTimeout:     5 * time.Minute,
		IdlePerOrigin:     64,
		Idle:              1024,
		MaxHeadBytes:      64 << 10,
		MaxFields:         200,
	}
}

// Client sends requests to origins. It is a httpmsg.RoundTripper: clients of both
// versions of HTTP that know how to connect.
type Client struct {
	http1  *http1.Client
	http2  *http2.Client // nil where HTTP/1.1 alone is spoken
	choice *negotiator   // nil where there is none
}

var _ httpmsg.RoundTripper = (*Client)(nil)

// NewClient makes a client.
func NewClient(cfg ClientConfig) *Client {
	d := &dialer{cfg: cfg, sessions: tls.NewLRUClientSessionCache(sessionsKept)}
	c := &Client{}
	dial := func(ctx context.Context, to httpmsg.Origin, protocol string) (net.Conn, error) {
		return d.dial(ctx, to, protocol)
	}
	switch cfg.Protocol {
	case hedge.ProtocolAuto:
		c.choice = newNegotiator(d)
		dial = c.choice.dial
		c.http2 = newHTTP2(cfg, dial)
	case hedge.ProtocolHTTP2, hedge.ProtocolH2C:
		c.http2 = newHTTP2(cfg, dial)
	}
	c.http1 = http1.NewClient(http1.ClientConfig{
		Dial: func(ctx context.Context, to httpmsg.Origin) (net.Conn, error) {
			return dial(ctx, to, alpnHTTP1)
		},
		HeadTimeout:       cfg.HeadTimeout,
		WriteTimeout:      cfg.WriteTimeout,
		StreamIdleTimeout: cfg.StreamIdleTimeout,
		IdleTimeout:       cfg.IdleTimeout,
		TunnelTimeout:     cfg.TunnelTimeout,
		IdlePerOrigin:     cfg.IdlePerOrigin,
		Idle:              cfg.Idle,
		HeadBytes:         cfg.MaxHeadBytes,
		Fields:            cfg.MaxFields,
	})
	return c
}

// Close closes the connections that carry nothing, and the others as soon as they do,
// until there is another request.
func (c *Client) Close() {
	c.http1.Close()
	if c.http2 != nil {
		c.http2.Close()
	}
}

// RoundTrip sends a request. It connects to req.Endpoint, or else to req.Authority.
// The messages of its errors name the origin by scheme, host and port alone.
func (c *Client) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	switch {
	case c.http2 == nil || req.Upgrade != "" || c.choice != nil && req.Scheme != "https":
		return c.http1.RoundTrip(ctx, req)
	case c.choice == nil:
		return c.http2.RoundTrip(ctx, req)
	}
	preferred, err := c.choice.speaksHTTP2(ctx, req.Origin(), c.http2.Connected)
	switch {
	case err != nil && ctx.Err() == nil:
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	case preferred:
		res, err := c.http2.RoundTrip(ctx, req)
		if !errors.Is(err, http2.ErrHTTP11Required) {
			return res, err
		}
		c.choice.learned(req.Origin(), false)
		if req.Body != nil {
			return nil, err // it has been read; who has kept it may send it again
		}
	}
	return c.http1.RoundTrip(ctx, req)
}

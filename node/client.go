package node

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"hedge/egress"
	"hedge/http1"
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
		ConnectTimeout: 5 * time.Second,
		HeadTimeout:    30 * time.Second,
		WriteTimeout:   60 * time.Second,
		IdleTimeout:    60 * time.Second,
		TunnelTimeout:  5 * time.Minute,
		IdlePerOrigin:  64,
		Idle:           1024,
		MaxHeadBytes:   64 << 10,
		MaxFields:      200,
	}
}

// Client sends requests to origins over HTTP/1.1. It is a httpmsg.RoundTripper: a
// http1.Client that knows how to connect.
type Client struct{ client *http1.Client }

var _ httpmsg.RoundTripper = (*Client)(nil)

// NewClient makes a client.
func NewClient(cfg ClientConfig) *Client {
	d := &dialer{cfg: cfg, sessions: tls.NewLRUClientSessionCache(sessionsKept)}
	return &Client{http1.NewClient(http1.ClientConfig{
		Dial:          d.dial,
		HeadTimeout:   cfg.HeadTimeout,
		WriteTimeout:  cfg.WriteTimeout,
		IdleTimeout:   cfg.IdleTimeout,
		TunnelTimeout: cfg.TunnelTimeout,
		IdlePerOrigin: cfg.IdlePerOrigin,
		Idle:          cfg.Idle,
		HeadBytes:     cfg.MaxHeadBytes,
		Fields:        cfg.MaxFields,
	})}
}

// Close closes the connections that carry nothing, and the others as soon as they do,
// until there is another request.
func (c *Client) Close() { c.client.Close() }

// RoundTrip sends a request. It connects to req.Endpoint, or else to req.Authority.
// The messages of its errors name the origin by scheme, host and port alone.
func (c *Client) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	return c.client.RoundTrip(ctx, req)
}

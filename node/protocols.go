package node

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"hedge"
	"hedge/http2"
	"hedge/httpmsg"
)

// The protocols as ALPN names them (RFC 7301).
const (
	alpnHTTP1 = "http/1.1"
	alpnHTTP2 = "h2"
)

// How long it is known which protocol an origin prefers, and how long a connection that
// has shown it waits for its first request.
const (
	knownFor  = time.Hour
	parkedFor = 5 * time.Second
)

// negotiator finds out by TLS which protocol an origin prefers, once for a while. The
// connection that has shown it carries the first request.
type negotiator struct {
	dialer *dialer

	mu      sync.Mutex // guards what follows
	known   map[httpmsg.Origin]preference
	asking  map[httpmsg.Origin]chan struct{} // each is closed when its origin has been asked
	waiting map[httpmsg.Origin]net.Conn      // connections that carry nothing yet
}

type preference struct {
	http2 bool
	until time.Time
}

func newNegotiator(d *dialer) *negotiator {
	return &negotiator{dialer: d, known: map[httpmsg.Origin]preference{}, asking: map[httpmsg.Origin]chan struct{}{}, waiting: map[httpmsg.Origin]net.Conn{}}
}

// speaksHTTP2 reports whether HTTP/2 is what an origin prefers. The error is that of
// connecting to it.
func (n *negotiator) speaksHTTP2(ctx context.Context, to httpmsg.Origin) (bool, error) {
	for {
		n.mu.Lock()
		if known, ok := n.known[to]; ok && time.Now().Before(known.until) {
			n.mu.Unlock()
			return known.http2, nil
		}
		others := n.asking[to]
		if others == nil {
			done := make(chan struct{})
			n.asking[to] = done
			n.mu.Unlock()
			return n.ask(ctx, to, done)
		}
		n.mu.Unlock()
		select {
		case <-others:
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

func (n *negotiator) ask(ctx context.Context, to httpmsg.Origin, done chan struct{}) (bool, error) {
	conn, err := n.dialer.dial(ctx, to, alpnHTTP2, alpnHTTP1)
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.asking, to)
	close(done)
	if err != nil {
		return false, err
	}
	secure, ok := conn.(*tls.Conn)
	prefers := preference{ok && secure.ConnectionState().NegotiatedProtocol == alpnHTTP2, time.Now().Add(knownFor)}
	n.known[to] = prefers
	n.waiting[to] = conn
	time.AfterFunc(parkedFor, func() {
		if n.take(to, conn) != nil {
			_ = conn.Close()
		}
	})
	return prefers.http2, nil
}

// take returns the connection that waits for a request; nil if there is none, or where
// only is not nil and it is another.
func (n *negotiator) take(to httpmsg.Origin, only net.Conn) net.Conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	conn := n.waiting[to]
	if conn == nil || only != nil && conn != only {
		return nil
	}
	delete(n.waiting, to)
	return conn
}

// dial returns the connection that waits, or a new one with this protocol. When there is
// none to be had, what was known of the origin may have changed.
func (n *negotiator) dial(ctx context.Context, to httpmsg.Origin, protocol string) (net.Conn, error) {
	if conn := n.take(to, nil); conn != nil {
		return conn, nil
	}
	conn, err := n.dialer.dial(ctx, to, protocol)
	if hedge.OutcomeOf(err) == hedge.OutcomeOriginTLS {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.known, to)
	}
	return conn, err
}

// newHTTP2 makes the part of a client that speaks HTTP/2.
func newHTTP2(cfg ClientConfig, dial func(ctx context.Context, to httpmsg.Origin, protocol string) (net.Conn, error)) *http2.Client {
	return http2.NewClient(http2.ClientConfig{
		Dial: func(ctx context.Context, to httpmsg.Origin) (net.Conn, error) {
			return dial(ctx, to, alpnHTTP2)
		},
		HeadTimeout: cfg.HeadTimeout, WriteTimeout: cfg.WriteTimeout, IdleTimeout: cfg.IdleTimeout, HeadBytes: cfg.MaxHeadBytes, Fields: cfg.MaxFields,
	})
}

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

// How long it is known which protocol an origin prefers, of how many origins, as code may
// name any, and how long a connection that has shown it waits for its first request.
const (
	knownFor  = time.Hour
	knownMost = 1024
	parkedFor = 5 * time.Second
)

// negotiator finds out by TLS which protocol an origin prefers: with each new connection that
// HTTP/2 would need, as an origin may have given it up since the last one, and once for a while
// where it is HTTP/1.1. The connection that has shown it carries the first request.
type negotiator struct {
	dialer *dialer

	mu      sync.Mutex // guards what follows
	known   map[httpmsg.Origin]preference
	asking  map[httpmsg.Origin]*question
	waiting map[httpmsg.Origin]parked // connections that carry nothing yet
}

type preference struct {
	http2 bool
	until time.Time
}

// question is put to an origin by one for all who want to know.
type question struct {
	done chan struct{} // closed when there is an answer, or none to be had
	// What follows is written before done is closed: the answer, or why none is to be had by
	// anybody. With neither, who has asked has given up.
	answered, http2 bool
	err             error
}

// parked is a connection that has been made, and what is spoken over it.
type parked struct {
	net.Conn
	http2 bool
}

func newNegotiator(d *dialer) *negotiator {
	return &negotiator{dialer: d, known: map[httpmsg.Origin]preference{}, asking: map[httpmsg.Origin]*question{}, waiting: map[httpmsg.Origin]parked{}}
}

// speaksHTTP2 reports whether HTTP/2 is what an origin prefers. connected says whether there is
// a connection over it already, which shows it. The error is that of connecting to it.
func (n *negotiator) speaksHTTP2(ctx context.Context, to httpmsg.Origin, connected func(httpmsg.Origin) bool) (bool, error) {
	for {
		n.mu.Lock()
		known, ok := n.known[to]
		if ok && time.Now().Before(known.until) && (!known.http2 || n.waiting[to].http2 || connected(to)) {
			n.mu.Unlock()
			return known.http2, nil
		}
		others := n.asking[to]
		if others == nil {
			ours := &question{done: make(chan struct{})}
			n.asking[to] = ours
			n.mu.Unlock()
			return n.ask(ctx, to, ours)
		}
		n.mu.Unlock()
		select {
		case <-others.done:
			if others.answered || others.err != nil {
				return others.http2, others.err
			}
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

func (n *negotiator) ask(ctx context.Context, to httpmsg.Origin, q *question) (bool, error) {
	conn, err := n.dialer.dial(ctx, to, alpnHTTP2, alpnHTTP1)
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.asking, to)
	defer close(q.done)
	if err != nil {
		if ctx.Err() == nil { // else it is that nobody waits for this one any more
			q.err = err
		}
		return false, err
	}
	secure, ok := conn.(*tls.Conn)
	prefers := ok && secure.ConnectionState().NegotiatedProtocol == alpnHTTP2
	q.answered, q.http2 = true, prefers
	n.know(to, prefers)
	if old, ok := n.waiting[to]; ok {
		_ = old.Close()
	}
	n.waiting[to] = parked{conn, prefers}
	time.AfterFunc(parkedFor, func() {
		if n.take(to, func(p parked) bool { return p.Conn == conn }) != nil {
			_ = conn.Close()
		}
	})
	return prefers, nil
}

// learned notes what an origin prefers that was not asked for it.
func (n *negotiator) learned(to httpmsg.Origin, http2 bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.know(to, http2)
}

// know is learned for who holds mu.
func (n *negotiator) know(to httpmsg.Origin, http2 bool) {
	if len(n.known) >= knownMost {
		for any := range n.known {
			delete(n.known, any)
			break
		}
	}
	n.known[to] = preference{http2, time.Now().Add(knownFor)}
}

// take returns the connection that waits for a request; nil if there is none, or it is
// not one that suits.
func (n *negotiator) take(to httpmsg.Origin, suits func(parked) bool) net.Conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	p, ok := n.waiting[to]
	if !ok || !suits(p) {
		return nil
	}
	delete(n.waiting, to)
	return p.Conn
}

// dial returns the connection that waits, or a new one with this protocol. When there is
// none to be had, what was known of the origin may have changed.
func (n *negotiator) dial(ctx context.Context, to httpmsg.Origin, protocol string) (net.Conn, error) {
	if conn := n.take(to, func(p parked) bool { return p.http2 == (protocol == alpnHTTP2) }); conn != nil {
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
		HeadTimeout: cfg.HeadTimeout, WriteTimeout: cfg.WriteTimeout, StreamIdleTimeout: cfg.StreamIdleTimeout, IdleTimeout: cfg.IdleTimeout, IdlePerOrigin: cfg.IdlePerOrigin, Idle: cfg.Idle,
		HeadBytes: cfg.MaxHeadBytes, Fields: cfg.MaxFields,
	})
}

package http3

import (
	"context"
	"crypto/tls"
	"sync"
	"sync/atomic"
	"time"

	"hedge/httpmsg"
	"hedge/serving"
)

// Server serves connections. Its fields are set before the first. Its methods may be
// called from any goroutine.
type Server struct {
	Handler httpmsg.Handler
	Limits  Limits
	// TLS makes the handshakes.
	TLS Handshakes
	// Admit is asked about each connection before its handshake, from many goroutines; where
	// it says no, the client is told at once (RFC 9000 §20.1, CONNECTION_REFUSED). nil
	// stands for yes.
	Admit func() bool
	// Panicked is told of a panic of the Handler, with the goroutine's stack; the
	// stream is reset. If it is nil, a panic ends the process.
	Panicked func(reason any, stack []byte)

	once       sync.Once
	clock      serving.Clock // in seconds, as of the last patrol
	date       atomic.Pointer[string]
	handshakes serving.Conns[*handshake] // those under way
	conns      serving.Conns[*conn]
	sockets    serving.Conns[*socket] // each ends when its last connection has
}

// Handshakes makes TLS for connections over QUIC. Its methods may be called from many
// goroutines at once.
type Handshakes interface {
	// Config returns what handshakes are made by, for clients that speak protocol.
	Config(protocol string) *tls.Config
	// Begin returns the context of a new connection, in which its handshake may leave
	// something for Info.
	Begin(ctx context.Context) context.Context
	// Info describes a connection whose handshake has ended.
	Info(ctx context.Context, state *tls.ConnectionState) *httpmsg.TLSInfo
}

func (s *Server) start() {
	s.once.Do(func() {
		s.clock.Start(time.Second)
		s.tick(time.Now())
		go s.patrol() // until the last connection has ended after stop
	})
}

// Open returns the number of connections.
func (s *Server) Open() int { return s.conns.Len() }

// Shaking returns the number of handshakes under way.
func (s *Server) Shaking() int { return s.handshakes.Len() }

// Shrink tells up to n clients without requests under way to go elsewhere, those first
// that have had none for longest, and returns how many.
func (s *Server) Shrink(n int) int {
	s.start()
	idle := s.conns.Idle(n, func(c *conn) int64 { return c.idle.Load() })
	for _, c := range idle {
		c.drain()
	}
	return len(idle)
}

// Shutdown takes no more connections, tells clients to go elsewhere (RFC 9114 §5.2), and
// waits for the requests under way, or for ctx. Then the ports are closed.
func (s *Server) Shutdown(ctx context.Context) error {
	s.start()
	s.finishHandshakes(ctx)
	s.stop((*conn).drain)
	return s.sockets.Wait(ctx)
}

// handshakePatience is how long handshakes that are under way at the end may take: some round
// trips.
const handshakePatience = time.Second

// finishHandshakes lets those under way become connections.
func (s *Server) finishHandshakes(ctx context.Context) {
	s.handshakes.Stop(func(*handshake) {})
	ctx, cancel := context.WithTimeout(ctx, handshakePatience)
	defer cancel()
	_ = s.handshakes.Wait(ctx)
}

// Close ends everything at once.
func (s *Server) Close() error {
	s.start()
	s.stop(func(c *conn) { c.end(codeNoError, "") })
	return nil
}

func (s *Server) stop(end func(*conn)) {
	s.sockets.Stop(func(l *socket) { l.stop() })
	s.conns.Stop(end)
}

// patrol keeps the clock, and ends the connections that do nothing.
func (s *Server) patrol() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-s.sockets.Drained():
			return
		case now := <-ticker.C:
			s.tick(now)
			s.expire()
		}
	}
}

// tick sets the clock, and the field that says what time of day it is.
func (s *Server) tick(now time.Time) {
	s.clock.Tick(now)
	date := httpmsg.FormatDate(now)
	s.date.Store(&date)
}

// expire ends the connections whose time is up.
func (s *Server) expire() {
	now := s.clock.Load()
	for _, c := range s.conns.List() {
		c.expire(now)
	}
}

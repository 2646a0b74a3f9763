package http3

import (
	"context"
	"crypto/tls"
	"sync"
	"sync/atomic"
	"time"

	"hedge/httpmsg"
)

// Server serves connections. Its fields are set before the first. Its methods may be
// called from any goroutine.
type Server struct {
	Handler httpmsg.Handler
	Limits  Limits
	// TLS makes the handshakes.
	TLS Handshakes
	// Panicked is told of a panic of the Handler, with the goroutine's stack; the
	// stream is reset. If it is nil, a panic ends the process.
	Panicked func(reason any, stack []byte)

	once     sync.Once
	clock    atomic.Int64 // seconds since the epoch, as of the last patrol
	date     atomic.Pointer[string]
	shaking  atomic.Int64 // handshakes under way
	stopping atomic.Bool

	mu      sync.Mutex // guards what follows
	conns   map[*conn]struct{}
	sockets map[*socket]struct{}
	drained chan struct{} // closed by the last connection or socket once the server is stopping
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
		s.conns, s.sockets, s.drained = map[*conn]struct{}{}, map[*socket]struct{}{}, make(chan struct{})
		s.tick(time.Now())
		go s.patrol() // until the last connection has ended after stop
	})
}

// Open returns the number of connections.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// add takes a connection or refuses it.
func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping.Load() {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *Server) closed(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.finish()
}

// finish says that nothing is left, if that is so. mu is held.
func (s *Server) finish() {
	if !s.stopping.Load() || len(s.conns) > 0 || len(s.sockets) > 0 {
		return
	}
	select {
	case <-s.drained:
	default:
		close(s.drained)
	}
}

// Shutdown takes no more connections, tells clients to go elsewhere (RFC 9114 §5.2), and
// waits for the requests under way, or for ctx. Then the sockets are closed.
func (s *Server) Shutdown(ctx context.Context) error {
	s.start()
	s.stop((*conn).drain)
	select {
	case <-s.drained:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends everything at once.
func (s *Server) Close() error {
	s.start()
	s.stop(func(c *conn) { c.end(codeNoError, "") })
	return nil
}

func (s *Server) stop(end func(*conn)) {
	s.mu.Lock()
	s.stopping.Store(true)
	conns := s.list()
	for l := range s.sockets {
		l.stop()
	}
	s.finish()
	s.mu.Unlock()
	for _, c := range conns {
		end(c)
	}
}

// list returns the connections. mu is held.
func (s *Server) list() []*conn {
	conns := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	return conns
}

// patrol keeps the clock, and ends the connections that do nothing.
func (s *Server) patrol() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-s.drained:
			return
		case now := <-ticker.C:
			s.tick(now)
			s.expire()
		}
	}
}

// tick sets the clock, and the field that says what time it is.
func (s *Server) tick(now time.Time) {
	s.clock.Store(now.Unix())
	date := httpmsg.FormatDate(now)
	s.date.Store(&date)
}

// expire ends the connections whose time is up.
func (s *Server) expire() {
	s.mu.Lock()
	conns := s.list()
	s.mu.Unlock()
	now := s.clock.Load()
	for _, c := range conns {
		c.expire(now)
	}
}

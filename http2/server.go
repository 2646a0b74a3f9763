package http2

import (
	"cmp"
	"context"
	"net"
	"slices"
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
	// Panicked is told of a panic of the Handler, with the goroutine's stack; the
	// stream is reset. If it is nil, a panic ends the process.
	Panicked func(reason any, stack []byte)

	once     sync.Once
	workers  workers
	clock    atomic.Int64 // seconds since the epoch, as of the last patrol
	date     atomic.Pointer[[]byte]
	stopping atomic.Bool

	mu      sync.Mutex // guards what follows
	conns   map[*conn]struct{}
	drained chan struct{} // closed by the last connection once the server is stopping
}

func (s *Server) start() {
	s.once.Do(func() {
		s.conns, s.drained = map[*conn]struct{}{}, make(chan struct{})
		s.tick(time.Now())
		go s.patrol() // until the last connection has ended after stop
	})
}

// ServeConn serves a connection on goroutines of the server's own. info describes its
// TLS; nil if it has none. After Shutdown or Close, the connection is closed.
func (s *Server) ServeConn(nc net.Conn, info *httpmsg.TLSInfo) {
	if c := s.open(nc, info, nil); c != nil {
		go c.serve() // until the connection ends
	}
}

// ServeRead serves a connection without TLS of which something has been read already,
// and returns when it has ended.
func (s *Server) ServeRead(nc net.Conn, read []byte) {
	if c := s.open(nc, nil, read); c != nil {
		c.serve()
	}
}

func (s *Server) open(nc net.Conn, info *httpmsg.TLSInfo, read []byte) *conn {
	s.start()
	c := newConn(s, nc, info, read)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping.Load() {
		_ = nc.Close()
		return nil
	}
	s.conns[c] = struct{}{}
	return c
}

// Open returns the number of connections.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Shrink tells up to n clients without requests under way to go elsewhere, those first
// that have had none for longest, and returns how many.
func (s *Server) Shrink(n int) int {
	s.start()
	s.mu.Lock()
	idle := slices.DeleteFunc(s.list(), func(c *conn) bool { return c.idle.Load() == 0 })
	s.mu.Unlock()
	slices.SortFunc(idle, func(a, b *conn) int { return cmp.Compare(a.idle.Load(), b.idle.Load()) })
	idle = idle[:min(max(n, 0), len(idle))]
	for _, c := range idle {
		c.drain()
	}
	return len(idle)
}

func (s *Server) closed(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if s.stopping.Load() && len(s.conns) == 0 {
		s.finish()
	}
}

// finish says that no connection is left. mu is held.
func (s *Server) finish() {
	select {
	case <-s.drained:
	default:
		close(s.drained)
	}
}

// Shutdown takes no more connections, tells clients to go elsewhere (RFC 9113 §6.8),
// and waits for the requests under way, or for ctx.
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
	s.stop((*conn).end)
	return nil
}

func (s *Server) stop(end func(*conn)) {
	s.mu.Lock()
	s.stopping.Store(true)
	conns := s.list()
	if len(conns) == 0 {
		s.finish()
	}
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

// patrol keeps the clock, ends what has been waited for too long, and lets workers go.
func (s *Server) patrol() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	defer s.workers.close()
	for {
		select {
		case <-s.drained:
			return
		case now := <-ticker.C:
			s.tick(now)
			s.expire()
			s.workers.trim()
		}
	}
}

// tick sets the clock, and the field that says what time it is.
func (s *Server) tick(now time.Time) {
	s.clock.Store(now.Unix())
	date := appendField(nil, "date", httpmsg.FormatDate(now))
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

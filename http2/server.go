package http2

import (
	"context"
	"net"
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
	// Panicked is told of a panic of the Handler, with the goroutine's stack; the
	// stream is reset. If it is nil, a panic ends the process.
	Panicked func(reason any, stack []byte)

	once    sync.Once
	workers workers
	clock   serving.Clock // in seconds, as of the last patrol
	date    atomic.Pointer[[]byte]
	conns   serving.Conns[*conn]
}

func (s *Server) start() {
	s.once.Do(func() {
		s.clock.Start(time.Second)
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

// TakeRead takes in a connection without TLS of which something has been read already, and
// returns what serves it until it has ended.
func (s *Server) TakeRead(nc net.Conn, read []byte) (serve func()) {
	c := s.open(nc, nil, read)
	if c == nil {
		return func() {}
	}
	return c.serve
}

func (s *Server) open(nc net.Conn, info *httpmsg.TLSInfo, read []byte) *conn {
	s.start()
	c := newConn(s, nc, info, read)
	if !s.conns.Add(c) {
		_ = nc.Close()
		return nil
	}
	return c
}

// Open returns the number of connections.
func (s *Server) Open() int { return s.conns.Len() }

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

// Drain tells clients to go elsewhere (RFC 9113 §6.8). Connections that come now are told so
// at once, and what they ask for until they know is served.
func (s *Server) Drain() {
	s.start()
	s.conns.Drain((*conn).drain)
}

// Shutdown is Drain, takes no more connections, and waits for the requests under way, or for
// ctx.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	return s.conns.Wait(ctx)
}

// Close ends everything at once.
func (s *Server) Close() error {
	s.start()
	s.conns.Stop((*conn).end)
	return nil
}

// patrol keeps the clock, ends what has been waited for too long, and lets workers go.
func (s *Server) patrol() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	defer s.workers.close()
	for {
		select {
		case <-s.conns.Drained():
			return
		case now := <-ticker.C:
			s.tick(now)
			s.expire()
			s.workers.trim()
		}
	}
}

// tick sets the clock, and the field that says what time of day it is.
func (s *Server) tick(now time.Time) {
	s.clock.Tick(now)
	date := appendField(nil, "date", httpmsg.FormatDate(now))
	s.date.Store(&date)
}

// expire ends the connections whose time is up.
func (s *Server) expire() {
	now := s.clock.Load()
	for _, c := range s.conns.List() {
		c.expire(now)
	}
}

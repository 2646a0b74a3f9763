package http1

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
	// Preface is given the connections without TLS that begin with HTTP/2's preface
	// (RFC 9113 §3.3), and what has been read of them already. It takes them in, before this
	// server lets go of them, and returns what serves them until they have ended. If it is
	// nil, they are refused.
	Preface func(nc net.Conn, read []byte) (serve func())
	// Panicked is told of a panic of the Handler, with the goroutine's stack; the
	// connection is broken off. If it is nil, a panic ends the process.
	Panicked func(reason any, stack []byte)

	once  sync.Once
	watch *watch
	clock serving.Clock // in seconds, as of the last patrol
	date  atomic.Pointer[[]byte]
	conns serving.Conns[*conn]
}

func (s *Server) start() {
	s.once.Do(func() {
		s.watch = newWatch()
		s.clock.Start(time.Second)
		s.tick(time.Now())
		go s.patrol() // until the last connection has ended after stop
	})
}

// ServeConn serves a connection, on a goroutine of the server's own. info describes
// its TLS; nil if it has none. After Shutdown or Close, the connection is closed.
func (s *Server) ServeConn(nc net.Conn, info *httpmsg.TLSInfo) {
	s.start()
	c := newConn(s, nc, info)
	if !s.conns.Add(c) {
		_ = nc.Close()
		return
	}
	s.watch.add(c)
	go c.serve() // until the connection ends
}

// Open returns the number of connections.
func (s *Server) Open() int { return s.conns.Len() }

// Shrink closes up to n connections that carry nothing, those first that have done so for
// longest, and returns how many.
func (s *Server) Shrink(n int) (closed int) {
	s.start()
	idle := s.conns.Idle(n, func(c *conn) int64 {
		if c.phase.Load() != phaseIdle {
			return 0
		}
		return c.since.Load()
	})
	for _, c := range idle {
		if c.phase.CompareAndSwap(phaseIdle, phaseEnded) {
			c.end()
			closed++
		}
	}
	return closed
}

func (s *Server) closed(c *conn) {
	s.watch.remove(c)
	s.conns.Remove(c)
}

// switched notes that a connection has been switched to what goAway ends, which would
// hold up Shutdown; false if it is too late for that.
func (s *Server) switched(c *conn, goAway func()) bool {
	return s.conns.Do(func() { c.goAway = goAway })
}

// Drain closes the connections that are idle, or have been for Limits.DrainIdleTimeout, and
// has the others end with their requests. Those that have been switched to another protocol
// are told to end at once: they might go on for ever. Connections that come now are served,
// and end likewise.
func (s *Server) Drain() {
	s.start()
	s.conns.Drain(func(c *conn) {
		switch {
		case c.goAway != nil:
			go c.goAway() // it may have something to say first
		case s.Limits.DrainIdleTimeout == 0 && c.phase.CompareAndSwap(phaseIdle, phaseEnded):
			_ = c.raw.Close()
		}
	})
}

// Shutdown is Drain, takes no more connections, and waits for the last to end, or for ctx.
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

// patrol keeps the clock and ends connections that have been waited for too long.
func (s *Server) patrol() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	defer s.watch.close()
	for {
		select {
		case <-s.conns.Drained(): // connections are watched until the last has ended
			return
		case now := <-ticker.C:
			s.tick(now)
			s.expire()
		}
	}
}

func (s *Server) tick(now time.Time) {
	s.clock.Tick(now)
	date := append(append([]byte("Date: "), httpmsg.FormatDate(now)...), '\r', '\n')
	s.date.Store(&date)
}

// expire closes the connections whose time is up. Who waits for content that does not
// come is told, and may still answer.
func (s *Server) expire() {
	now := s.clock.Load()
	for _, c := range s.conns.List() {
		if s.expired(c, now) {
			c.end()
		}
		if due := c.due.Load(); due > 0 && now > due && c.due.CompareAndSwap(due, late) {
			_ = c.net.SetReadDeadline(time.Unix(1, 0)) // nothing is read any more behind what has not come
		}
	}
}

func (s *Server) expired(c *conn, now int64) bool {
	phase := c.phase.Load() // before since, which is set before it
	waited := time.Duration(now-c.since.Load()) * time.Second
	switch phase {
	case phaseIdle:
		most := s.Limits.IdleTimeout
		if s.conns.Stopping() {
			most = min(most, s.Limits.DrainIdleTimeout)
		}
		return waited > most && c.phase.CompareAndSwap(phaseIdle, phaseEnded)
	case phaseHead:
		return waited > s.Limits.HeadTimeout && c.phase.CompareAndSwap(phaseHead, phaseEnded)
	}
	began := c.writing.Load()
	return began != 0 && time.Duration(now-began)*time.Second > s.Limits.WriteTimeout
}

package http1

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"hedge/httpmsg"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("http1: the server is closed")

// Handler answers one request: it calls out.Deliver once, or not at all if the
// connection is to be broken off. refusal is not nil for a head that cannot be
// trusted; then req holds what is known of it, and only an error may be delivered,
// after which the connection ends. ctx ends when the client goes away.
type Handler func(ctx context.Context, req *httpmsg.Request, refusal *Refusal, out *Response)

// Refusal is why a request is not to be served.
type Refusal struct {
	Status int // of the answer that it deserves
	Why    string
}

// Server serves connections. Its fields are set before Serve. Its methods may be
// called from any goroutine.
type Server struct {
	Handler Handler
	Limits  Limits
	// Panicked is told of a panic of the Handler, with the goroutine's stack; the
	// connection is broken off. If it is nil, a panic ends the process.
	Panicked func(reason any, stack []byte)

	once     sync.Once
	watch    *watch
	clock    atomic.Int64 // seconds since the epoch, as of the last patrol
	date     atomic.Pointer[[]byte]
	stopping atomic.Bool

	mu        sync.Mutex // guards what follows
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	drained   chan struct{} // closed by the last connection once the server is stopping
	end       chan struct{} // closed by stop; ends the accepting
}

func (s *Server) start() {
	s.once.Do(func() {
		s.listeners, s.conns = map[net.Listener]struct{}{}, map[*conn]struct{}{}
		s.drained, s.end = make(chan struct{}), make(chan struct{})
		s.watch = newWatch()
		s.tick(time.Now())
		go s.patrol() // until the last connection has ended after stop
	})
}

// Serve accepts connections until the server or the listener is closed.
func (s *Server) Serve(ln net.Listener) error {
	s.start()
	if !s.track(ln) {
		_ = ln.Close()
		return ErrServerClosed
	}
	defer s.untrack(ln)
	for pause := time.Millisecond; ; {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			pause = time.Millisecond
			s.open(nc)
		case s.stopping.Load():
			return ErrServerClosed
		case !temporary(err):
			return err
		default: // out of descriptors, say: wait for some to come back
			select {
			case <-time.After(pause):
			case <-s.end:
				return ErrServerClosed
			}
			pause = min(2*pause, time.Second)
		}
	}
}

// temporary reports whether accepting can go on after an error.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

func (s *Server) track(ln net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping.Load() {
		return false
	}
	s.listeners[ln] = struct{}{}
	return true
}

func (s *Server) untrack(ln net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, ln)
}

func (s *Server) open(nc net.Conn) {
	c := newConn(s, nc)
	s.mu.Lock()
	if s.stopping.Load() {
		s.mu.Unlock()
		_ = nc.Close()
		return
	}
	s.conns[c] = struct{}{}
	s.mu.Unlock()
	s.watch.add(c)
	go c.serve() // until the connection ends
}

func (s *Server) closed(c *conn) {
	s.watch.remove(c)
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

// Shutdown stops accepting, closes the connections that are idle, and waits for the
// others to end their requests, or for ctx.
func (s *Server) Shutdown(ctx context.Context) error {
	s.start()
	s.stop(func(c *conn) {
		if c.phase.CompareAndSwap(phaseIdle, phaseEnded) {
			_ = c.net.Close()
		}
	})
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
	defer s.mu.Unlock()
	if !s.stopping.Swap(true) {
		close(s.end)
	}
	for ln := range s.listeners {
		_ = ln.Close()
	}
	for c := range s.conns {
		end(c)
	}
	if len(s.conns) == 0 {
		s.finish()
	}
}

// patrol keeps the clock and ends connections that have been waited for too long.
func (s *Server) patrol() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	defer s.watch.close()
	for {
		select {
		case <-s.drained: // connections are watched until the last has ended
			return
		case now := <-ticker.C:
			s.tick(now)
			s.expire()
		}
	}
}

func (s *Server) tick(now time.Time) {
	s.clock.Store(now.Unix())
	date := append(append([]byte("Date: "), httpmsg.FormatDate(now)...), '\r', '\n')
	s.date.Store(&date)
}

// expire closes the connections whose time is up.
func (s *Server) expire() {
	now := s.clock.Load()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if s.expired(c, now) {
			c.end()
		}
	}
}

func (s *Server) expired(c *conn, now int64) bool {
	phase := c.phase.Load() // before since, which is set before it
	waited := time.Duration(now-c.since.Load()) * time.Second
	switch phase {
	case phaseIdle:
		return waited > s.Limits.IdleTimeout && c.phase.CompareAndSwap(phaseIdle, phaseEnded)
	case phaseHead:
		return waited > s.Limits.HeadTimeout && c.phase.CompareAndSwap(phaseHead, phaseEnded)
	}
	began := c.writing.Load()
	return began != 0 && time.Duration(now-began)*time.Second > s.Limits.WriteTimeout
}

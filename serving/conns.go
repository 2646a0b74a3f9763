package serving

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// Conns are the connections of a server, which are waited for at its end. The zero value
// is ready. Its methods may be called from any goroutine.
type Conns[C comparable] struct {
	stopping atomic.Bool

	mu      sync.Mutex // guards what follows
	refuses bool       // no more are taken in
	open    map[C]struct{}
	drained chan struct{} // see Drained; nil until somebody asks
	empty   bool          // it is closed, or would be
}

// Add takes a connection in; false: the server takes no more. While it is Stopping, the
// connection is to end as those are that were there before.
func (s *Conns[C]) Add(c C) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuses {
		return false
	}
	if s.open == nil {
		s.open = map[C]struct{}{}
	}
	s.open[c] = struct{}{}
	return true
}

// Do calls f, which must not call s, unless the server is stopping; it does not begin to
// meanwhile. It reports whether it has.
func (s *Conns[C]) Do(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping.Load() {
		return false
	}
	f()
	return true
}

// Remove says that a connection has ended.
func (s *Conns[C]) Remove(c C) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	s.drain()
}

// Len returns the number of connections.
func (s *Conns[C]) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// List returns the connections, in no order.
func (s *Conns[C]) List() []C {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list()
}

func (s *Conns[C]) list() []C {
	list := make([]C, 0, len(s.open))
	for c := range s.open {
		list = append(list, c)
	}
	return list
}

// Idle returns up to n connections without work, those first that have had none for longest.
// since is when that began, in any unit; 0: there is work.
func (s *Conns[C]) Idle(n int, since func(C) int64) []C {
	type waiting struct {
		conn  C
		since int64
	}
	var idle []waiting
	for _, c := range s.List() {
		if at := since(c); at != 0 {
			idle = append(idle, waiting{c, at})
		}
	}
	slices.SortFunc(idle, func(a, b waiting) int { return cmp.Compare(a.since, b.since) })
	var list []C
	for _, w := range idle[:min(max(n, 0), len(idle))] {
		list = append(list, w.conn)
	}
	return list
}

// Stopping reports whether Drain or Stop has been called.
func (s *Conns[C]) Stopping() bool { return s.stopping.Load() }

// Drain ends each of the connections that are there by end, which may call s; the first time,
// and before Stop. Others are still taken in: those whose handshakes were under way.
func (s *Conns[C]) Drain(end func(C)) {
	s.mu.Lock()
	var list []C
	if !s.stopping.Swap(true) {
		list = s.list()
	}
	s.mu.Unlock()
	for _, c := range list {
		end(c)
	}
}

// Stop has no more connections taken in, and ends each of those that are there by end,
// which may call s.
func (s *Conns[C]) Stop(end func(C)) {
	s.mu.Lock()
	s.stopping.Store(true)
	s.refuses = true
	s.drain()
	list := s.list()
	s.mu.Unlock()
	for _, c := range list {
		end(c)
	}
}

// Wait has no more connections taken in, and waits for Drained, or for ctx, whose error it
// returns then.
func (s *Conns[C]) Wait(ctx context.Context) error {
	s.Stop(func(C) {})
	select {
	case <-s.Drained():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drain takes note that no connection is left, if that is so. mu is held.
func (s *Conns[C]) drain() {
	if s.empty || !s.refuses || len(s.open) > 0 {
		return
	}
	s.empty = true
	if s.drained != nil {
		close(s.drained)
	}
}

// Drained returns what is closed when Stop has been called and no connection is left.
func (s *Conns[C]) Drained() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drained == nil {
		s.drained = make(chan struct{})
		if s.empty {
			close(s.drained)
		}
	}
	return s.drained
}

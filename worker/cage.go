package worker

import (
	"math"

	"hedge"
)

// All heaps of a process share one cage of 4 GiB, and V8 ends the process when it
// is full. So a new isolate is admitted only within a budget well below that, and
// the isolate that has been idle for longest makes room: for a new one, and for
// others that have grown.

const (
	// idleHeap is what an isolate takes of the cage at least.
	idleHeap = 2 << 20
	// maxIsolates is the most isolates in one process: at some 2,040 V8 gives up.
	maxIsolates = 1800
)

// cage is the bound of the heaps of one process.
type cage struct {
	least int64         // bytes that the heaps may take, whatever their limits are
	most  int64         // bytes that they may take if limits.memory of their apps come to more than least
	left  chan struct{} // closed when an isolate has left; guarded by Runtime.mu, made when somebody waits
}

// budget is what heaps may take together whose limits come to so many bytes: an app is
// not to lose an isolate that is within its own.
func (c *cage) budget(limits int64) int64 { return min(max(c.least, limits), c.most) }

// heap is what the isolate takes of the cage.
func (s *session) heap() int64 { return max(s.traffic.heap.Load(), idleHeap) }

// admit makes room for the isolate of s, or says that there is none.
func (rt *Runtime) admit(s *session) error {
	c := s.home.cage()
	for {
		entered, left := rt.enter(s)
		if entered {
			return nil
		}
		if left != nil {
			select {
			case <-left:
			case <-rt.life.Done():
				return closedError()
			}
			continue
		}
		idle := rt.leastRecent(c)
		if idle == nil {
			use := rt.heaps(c)
			return hedge.Errorf(hedge.OutcomeOverloaded, "no isolate can be started: %d are busy and take %d MiB of heap", use.isolates, use.bytes>>20)
		}
		rt.evictions.Add(1)
		idle.condemn()
	}
}

// enter registers a session if there is room for its isolate. If there will be, once
// those have left that are about to, it returns what is closed when one has.
func (rt *Runtime) enter(s *session) (entered bool, left <-chan struct{}) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	c := s.home.cage()
	use := rt.heapsLocked(c)
	switch {
	case c.fits(use.isolates, use.bytes, use.limits+s.app.limits.Memory):
		rt.sessions[s] = struct{}{}
		rt.alive.Add(1)
		return true, nil
	case c.fits(use.isolates-use.leaving, use.bytes-use.leavingBytes, use.limits-use.leavingLimits+s.app.limits.Memory):
		if c.left == nil {
			c.left = make(chan struct{})
		}
		return false, c.left
	}
	return false, nil
}

// fits reports whether one more isolate finds room; limits are those of all, with its own.
func (c *cage) fits(isolates int, bytes, limits int64) bool {
	return isolates < maxIsolates && bytes+idleHeap <= c.budget(limits)
}

// leave is the counterpart of enter, when the isolate is no more.
func (rt *Runtime) leave(s *session) {
	defer s.home.leave()
	rt.mu.Lock()
	defer rt.mu.Unlock()
	delete(rt.sessions, s)
	rt.alive.Done()
	if c := s.home.cage(); c.left != nil {
		close(c.left)
		c.left = nil
	}
}

// use is what isolates take of a cage. Those that are leaving are counted in both.
type use struct {
	isolates, leaving   int
	bytes, leavingBytes int64
	// What limits.memory of their apps come to.
	limits, leavingLimits int64
}

// heaps counts what is in a cage, or in all if that is nil.
func (rt *Runtime) heaps(c *cage) use {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return rt.heapsLocked(c)
}

func (rt *Runtime) heapsLocked(c *cage) (u use) {
	for s := range rt.sessions {
		if c != nil && s.home.cage() != c {
			continue
		}
		u.isolates++
		u.bytes += s.heap()
		u.limits += s.app.limits.Memory
		if s.traffic.ended.Load() {
			u.leaving++
			u.leavingBytes += s.heap()
			u.leavingLimits += s.app.limits.Memory
		}
	}
	return u
}

// leastRecent returns the session that has been idle for longest, or nil.
func (rt *Runtime) leastRecent(c *cage) *session {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	var oldest *session
	least := int64(math.MaxInt64)
	for s := range rt.sessions {
		if used := s.used.Load(); used < least && s.home.cage() == c && s.isIdle() {
			oldest, least = s, used
		}
	}
	return oldest
}

// isIdle reports whether the session could be closed without anybody noticing.
func (s *session) isIdle() bool {
	return s.active.Load() == 0 && !s.condemned.Load() && s.isLoaded.Load()
}

// grown makes room for what the isolate has grown by. If there is none left, the
// isolate serves what it has begun, and goes.
func (s *session) grown() {
	rt, c := s.app.runtime, s.home.cage()
	for {
		if use := rt.heaps(c); use.bytes-use.leavingBytes <= c.budget(use.limits-use.leavingLimits) {
			return
		}
		idle := rt.leastRecent(c)
		if idle == nil {
			s.condemn()
			return
		}
		rt.evictions.Add(1)
		idle.condemn()
	}
}

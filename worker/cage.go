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

// heap is what the isolate takes of the cage.
func (s *session) heap() int64 { return max(s.port.heap.Load(), idleHeap) }

// admit makes room for the isolate of s, or says that there is none.
func (rt *Runtime) admit(s *session) error {
	for !rt.enter(s) {
		idle := rt.leastRecent()
		if idle == nil {
			count, total := rt.heaps()
			return hedge.Errorf(hedge.OutcomeOverloaded, "no isolate can be started: %d are busy and take %d MiB of heap", count, total>>20)
		}
		idle.condemn()
	}
	return nil
}

// enter registers a session if there is room for its isolate.
func (rt *Runtime) enter(s *session) bool {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if count, total := rt.heapsLocked(); count >= maxIsolates || total+idleHeap > rt.cfg.HeapBudget {
		return false
	}
	rt.sessions[s] = struct{}{}
	rt.alive.Add(1)
	return true
}

// leave is the counterpart of enter, when the isolate is no more.
func (rt *Runtime) leave(s *session) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	delete(rt.sessions, s)
	rt.alive.Done()
	select {
	case rt.left <- struct{}{}:
	default:
	}
}

// heaps counts the isolates and what they take of the cage.
func (rt *Runtime) heaps() (count int, total int64) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return rt.heapsLocked()
}

func (rt *Runtime) heapsLocked() (count int, total int64) {
	for s := range rt.sessions {
		total += s.heap()
	}
	return len(rt.sessions), total
}

// leastRecent returns the session that has been idle for longest, or nil.
func (rt *Runtime) leastRecent() *session {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	var oldest *session
	least := int64(math.MaxInt64)
	for s := range rt.sessions {
		if used := s.used.Load(); used < least && s.isIdle() {
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
	rt := s.app.runtime
	for {
		if _, total := rt.heaps(); total <= rt.cfg.HeapBudget {
			return
		}
		idle := rt.leastRecent()
		if idle == nil {
			s.condemn()
			return
		}
		idle.condemn()
	}
}

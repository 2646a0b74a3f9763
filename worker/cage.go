package worker

import (
	"time"

	"hedge"
)

// All heaps of a process share one cage of 4 GiB, and V8 ends the process when it
// is full. So a new isolate is admitted only within a budget well below that, and
// the isolate that has been idle for longest makes room for it.

const (
	// idleHeap is what an isolate takes of the cage before its first collection
	// has told its real size.
	idleHeap = 2 << 20
	// maxIsolates is the most isolates in one process: at some 2,040 V8 gives up.
	maxIsolates = 1800
)

// heap is what the isolate takes of the cage.
func (s *session) heap() int64 {
	return max(s.port.memory().HeapTotal, idleHeap)
}

// idleSince reports whether the session has answered nothing since before.
func (s *session) idleSince(before time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.invocations) == 0 && s.lastUsed.Before(before)
}

// admit makes room for one more isolate, or says that there is none.
func (rt *Runtime) admit() error {
	for {
		var total int64
		var count int
		var oldest *session
		for _, app := range rt.list() {
			for _, s := range app.snapshotSessions() {
				count++
				total += s.heap()
				if s.idleSince(time.Now()) && (oldest == nil || s.usedBefore(oldest)) {
					oldest = s
				}
			}
		}
		if total+idleHeap <= rt.cfg.HeapBudget && count < maxIsolates {
			return nil
		}
		if oldest == nil {
			return hedge.Errorf(hedge.OutcomeOverloaded, "no isolate can be started: %d are busy and take %d MiB of heap", count, total>>20)
		}
		oldest.condemn()
	}
}

func (s *session) usedBefore(other *session) bool {
	s.mu.Lock()
	mine := s.lastUsed
	s.mu.Unlock()
	other.mu.Lock()
	defer other.mu.Unlock()
	return mine.Before(other.lastUsed)
}

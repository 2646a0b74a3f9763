package worker

import (
	"slices"
	"sync"
	"time"

	"hedge"
	"hedge/coding"
	"hedge/httpmsg"
)

// codingMemory bounds what the host takes at once for the codings of an app's bodies: some
// bytes of an origin have megabytes taken, and an app may have as many answers as it likes.
// Who comes when there is not enough left waits in order, for most bodies come to their end
// soon.
type codingMemory struct {
	limit int64 // in bytes

	mu      sync.Mutex // guards what follows, and the shares
	taken   int64
	waiting []*share
}

// share is what one coder has of it, as its coding.Memory. Its methods may be called from
// any goroutine.
type share struct {
	of    *codingMemory
	bytes int64         // that it has, or waits for
	has   bool          // it has them
	over  bool          // it has been released
	ready chan struct{} // closed when either becomes so; nil before it is waited for
}

var _ coding.Memory = (*share)(nil)

// longestCodingWait is how long a body waits for memory.
const longestCodingWait = 10 * time.Second

// isShort reports whether an encoder that takes so much is to be done without, as it would
// have to wait, or leave less than half to those who decode and have no other way. An encoder
// has it for as long as its client reads.
func (m *codingMemory) isShort(bytes int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.waiting) > 0 || m.taken+bytes > m.limit/2
}

// Take waits for memory. Who asks for more than there is at all gets all of it.
func (s *share) Take(bytes int64) error {
	if s.begin(bytes) {
		timer := time.NewTimer(longestCodingWait)
		defer timer.Stop()
		select {
		case <-s.ready:
		case <-timer.C:
		}
	}
	m := s.of
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case s.over:
		return httpmsg.ErrBodyClosed
	case !s.has:
		m.leave(s)
		return hedge.Errorf(hedge.OutcomeExceededMemory, "the codings of the app's other bodies take all the memory that there is for them, %d MiB (limits.memory)", m.limit>>20)
	}
	return nil
}

// begin gets in line, and reports whether it has to be waited for.
func (s *share) begin(bytes int64) bool {
	m := s.of
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.over {
		return false
	}
	s.bytes, s.ready = min(bytes, m.limit), make(chan struct{})
	m.waiting = append(m.waiting, s)
	m.admit()
	return !s.has
}

// Release gives back what there is, and ends a Take that waits.
func (s *share) Release() {
	m := s.of
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case s.over:
		return
	case s.has:
		m.taken -= s.bytes
	case s.ready != nil:
		close(s.ready)
	}
	s.over = true
	m.leave(s)
}

// leave takes a share out of the line, if it is there, and lets in who can come in then. mu
// is held.
func (m *codingMemory) leave(s *share) {
	if i := slices.Index(m.waiting, s); i >= 0 {
		m.waiting = slices.Delete(m.waiting, i, i+1)
	}
	m.admit()
}

// admit lets in those in front for whom there is enough. mu is held.
func (m *codingMemory) admit() {
	for len(m.waiting) > 0 && m.taken+m.waiting[0].bytes <= m.limit {
		s := m.waiting[0]
		m.waiting = m.waiting[1:]
		m.taken += s.bytes
		s.has = true
		close(s.ready)
	}
}

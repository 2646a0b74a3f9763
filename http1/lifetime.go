package http1

import (
	"context"
	"sync"
	"time"
)

// lifetime is the context of a connection's requests: it ends when the client goes away,
// or the connection ends. To attend it costs no memory, unlike a context of the standard
// library, and every request to an origin does. The zero value has not ended.
type lifetime struct {
	mu    sync.Mutex // guards what follows, and the links between heirs
	over  bool
	done  chan struct{} // closed when it is over; nil until somebody asks
	heirs *heir
}

var _ context.Context = (*lifetime)(nil)

// heir is who is told, once, that a lifetime is over.
type heir struct {
	told       interface{ survive() } // called in a goroutine of its own
	prev, next *heir
	waits      bool
}

// end says that it is over. It may be called more than once.
func (l *lifetime) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	l.over = true
	if l.done != nil {
		close(l.done)
	}
	for h := l.heirs; h != nil; h = h.next {
		h.waits = false
		go h.told.survive() // ends soon
	}
	l.heirs = nil
}

// attend has an heir told of the end, at once if that was before.
func (l *lifetime) attend(h *heir) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		go h.told.survive()
		return
	}
	h.waits, h.next = true, l.heirs
	if l.heirs != nil {
		l.heirs.prev = h
	}
	l.heirs = h
}

// leave has an heir not told any more; false if it is too late for that.
func (l *lifetime) leave(h *heir) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !h.waits {
		return false
	}
	h.waits = false
	if h.next != nil {
		h.next.prev = h.prev
	}
	if h.prev != nil {
		h.prev.next = h.next
	} else {
		l.heirs = h.next
	}
	h.prev, h.next = nil, nil
	return true
}

// Deadline says that there is none.
func (l *lifetime) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done returns what is closed at the end.
func (l *lifetime) Done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done == nil {
		l.done = make(chan struct{})
		if l.over {
			close(l.done)
		}
	}
	return l.done
}

// Err returns context.Canceled after the end.
func (l *lifetime) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return context.Canceled
	}
	return nil
}

// Value returns nil.
func (l *lifetime) Value(any) any { return nil }

// AfterFunc is what package context uses of a context that is not its own, where it would
// start a goroutine otherwise.
func (l *lifetime) AfterFunc(f func()) (stop func() bool) {
	h := &heir{told: calling(f)}
	l.attend(h)
	return func() bool { return l.leave(h) }
}

// calling is a function as an heir is told by.
type calling func()

func (f calling) survive() { f() }

package http1

import (
	"context"
	"sync"
	"time"
)

// lifetime is the context of a connection's requests: it ends when the client goes away,
// or the connection ends. To watch it costs no memory, unlike a context of the standard
// library, and every request to an origin does. The zero value has not ended.
type lifetime struct {
	mu       sync.Mutex // guards what follows, and the links between watchers
	over     bool
	done     chan struct{} // closed when it is over; nil until somebody asks
	watchers *watcher
}

var _ context.Context = (*lifetime)(nil)

// watcher is who is told, once, that a lifetime is over.
type watcher struct {
	told       interface{ ended() } // called in a goroutine of its own
	prev, next *watcher
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
	for w := l.watchers; w != nil; w = w.next {
		w.waits = false
		go w.told.ended() // ends soon
	}
	l.watchers = nil
}

// add has a watcher told of the end, at once if that was before.
func (l *lifetime) add(w *watcher) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		go w.told.ended()
		return
	}
	w.waits, w.next = true, l.watchers
	if l.watchers != nil {
		l.watchers.prev = w
	}
	l.watchers = w
}

// remove has a watcher not told any more; false if it is too late for that.
func (l *lifetime) remove(w *watcher) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !w.waits {
		return false
	}
	w.waits = false
	if w.next != nil {
		w.next.prev = w.prev
	}
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		l.watchers = w.next
	}
	w.prev, w.next = nil, nil
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
	w := &watcher{told: calling(f)}
	l.add(w)
	return func() bool { return l.remove(w) }
}

// calling is a function as a watcher is told by.
type calling func()

func (f calling) ended() { f() }

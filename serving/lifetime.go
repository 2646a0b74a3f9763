package serving

import (
	"context"
	"sync"
	"time"
)

// Lifetime is a context that ends when somebody says so: that of a connection's requests,
// or of what a request sets off. To watch it, or to make one that ends with it, costs no
// memory, unlike a context of the standard library, and every request to an origin does
// both. The zero value has not ended, and has no values.
type Lifetime struct {
	// Values has the values of the context; nil: there are none. It is set before the
	// Lifetime is used, and its end means nothing.
	Values context.Context

	mu       sync.Mutex // guards what follows, and the links between watchers
	over     bool
	done     chan struct{} // closed when it is over; nil until somebody asks
	watchers *Watcher

	within *Lifetime // that it ends with, see Follow; nil if none
	told   Watcher   // of that one's end
}

var _ context.Context = (*Lifetime)(nil)

// Watcher is who is told, once, that a Lifetime is over. It is in one list at a time.
type Watcher struct {
	// Told has its Ended called, in a goroutine of its own.
	Told interface{ Ended() }

	child      *Lifetime // is told at once, in the place of Told
	prev, next *Watcher
	waits      bool
}

// tell tells the watcher. The mu of the Lifetime that has ended is held, which comes
// before that of a child.
func (w *Watcher) tell() {
	if w.child != nil {
		w.child.end()
		return
	}
	go w.Told.Ended() // ends soon
}

// Follow has l end with another one at the latest, whose values it has from then on. End
// has to be called, or the other keeps it. It is called once, before l is used.
func (l *Lifetime) Follow(other *Lifetime) {
	l.Values, l.within = other.Values, other
	l.told.child = l
	other.Add(&l.told)
}

// End says that it is over. It may be called more than once.
func (l *Lifetime) End() {
	if l.within != nil {
		l.within.Remove(&l.told)
	}
	l.end()
}

func (l *Lifetime) end() {
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
		w.tell()
	}
	l.watchers = nil
}

// Add has a watcher told of the end, at once if that was before.
func (l *Lifetime) Add(w *Watcher) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		w.tell()
		return
	}
	w.waits, w.next = true, l.watchers
	if l.watchers != nil {
		l.watchers.prev = w
	}
	l.watchers = w
}

// Remove has a watcher not told any more; false if it is too late for that.
func (l *Lifetime) Remove(w *Watcher) bool {
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
func (l *Lifetime) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done returns what is closed at the end.
func (l *Lifetime) Done() <-chan struct{} {
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
func (l *Lifetime) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return context.Canceled
	}
	return nil
}

// Value returns the value of Values.
func (l *Lifetime) Value(key any) any {
	if l.Values == nil {
		return nil
	}
	return l.Values.Value(key)
}

// AfterFunc is what package context uses of a context that is not its own, where it would
// start a goroutine otherwise.
func (l *Lifetime) AfterFunc(f func()) (stop func() bool) {
	w := &Watcher{Told: calling(f)}
	l.Add(w)
	return func() bool { return l.Remove(w) }
}

// calling is a function as a watcher is told by.
type calling func()

func (f calling) Ended() { f() }

package http1

import (
	"context"
	"sync/atomic"
	"testing"
)

// told counts how often somebody is told.
type told struct {
	times atomic.Int32
	done  chan struct{}
}

func (h *told) ended() {
	h.times.Add(1)
	h.done <- struct{}{}
}

func TestLifetimeTellsWatchers(t *testing.T) {
	l := &lifetime{}
	who := &told{done: make(chan struct{}, 8)}
	watchers := make([]watcher, 4)
	for i := range watchers {
		watchers[i].told = who
		l.add(&watchers[i])
	}
	for _, i := range []int{2, 0} { // in the middle of the list, and at its end
		if !l.remove(&watchers[i]) || l.remove(&watchers[i]) {
			t.Errorf("watcher %d is not removed once", i)
		}
	}
	if l.Err() != nil {
		t.Error("it is over before its end")
	}
	l.end()
	l.end()
	<-who.done
	<-who.done
	if l.remove(&watchers[1]) || l.remove(&watchers[3]) {
		t.Error("a watcher is removed who has been told")
	}
	late := watcher{told: who}
	l.add(&late)
	<-who.done
	if n := who.times.Load(); n != 3 {
		t.Errorf("%d were told, want 3", n)
	}
	if l.Err() != context.Canceled {
		t.Errorf("the error is %v", l.Err())
	}
	<-l.Done()
}

// Contexts of the standard library end with it, without a goroutine that waits for that.
func TestLifetimeHasChildren(t *testing.T) {
	l := &lifetime{}
	child, cancel := context.WithCancelCause(l)
	defer cancel(nil)
	gone, leave := context.WithCancel(l)
	defer leave()
	heard := make(chan struct{})
	stop := context.AfterFunc(gone, func() { close(heard) })
	never := context.AfterFunc(l, func() { t.Error("who has left was told") })
	if !never() {
		t.Error("it is too late to leave")
	}
	l.end()
	<-child.Done()
	<-heard
	if stop() || context.Cause(child) != context.Canceled {
		t.Errorf("the cause is %v", context.Cause(child))
	}
}

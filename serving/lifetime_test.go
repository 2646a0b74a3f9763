package serving

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

func (h *told) Ended() {
	h.times.Add(1)
	h.done <- struct{}{}
}

func TestLifetimeTellsWatchers(t *testing.T) {
	l := &Lifetime{}
	who := &told{done: make(chan struct{}, 8)}
	watchers := make([]Watcher, 4)
	for i := range watchers {
		watchers[i].Told = who
		l.Add(&watchers[i])
	}
	for _, i := range []int{2, 0} { // in the middle of the list, and at its end
		if !l.Remove(&watchers[i]) || l.Remove(&watchers[i]) {
			t.Errorf("watcher %d is not removed once", i)
		}
	}
	if l.Err() != nil {
		t.Error("it is over before its end")
	}
	l.End()
	l.End()
	<-who.done
	<-who.done
	if l.Remove(&watchers[1]) || l.Remove(&watchers[3]) {
		t.Error("a watcher is removed who has been told")
	}
	late := Watcher{Told: who}
	l.Add(&late)
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
	l := &Lifetime{}
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
	l.End()
	<-child.Done()
	<-heard
	if stop() || context.Cause(child) != context.Canceled {
		t.Errorf("the cause is %v", context.Cause(child))
	}
}

// A Lifetime that follows another ends with it at once, or before, and knows its values.
func TestLifetimeFollows(t *testing.T) {
	type key struct{}
	l := &Lifetime{Values: context.WithValue(context.Background(), key{}, "value")}
	var first, last Lifetime
	first.Follow(l)
	last.Follow(l)
	if last.Value(key{}) != "value" || new(Lifetime).Value(key{}) != nil {
		t.Error("the values are not those of the other")
	}
	first.End()
	if first.Err() == nil || last.Err() != nil || l.Err() != nil {
		t.Error("more has ended than was to")
	}
	l.End()
	if last.Err() == nil {
		t.Error("it goes on when the other has ended")
	}
	last.End()
	var late Lifetime
	late.Follow(l)
	if late.Err() == nil {
		t.Error("it follows what is over, and goes on")
	}
	late.End()
}

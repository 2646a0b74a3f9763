package worker

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// watchInterval is how often running turns are looked at; a turn may pass its
	// budget by that much.
	watchInterval = 5 * time.Millisecond
	// watchRest is after how many looks without a turn the watchdog goes to sleep.
	watchRest = 200
)

// watchdog looks at running turns and ends those that have used up their time on
// the processor. It sleeps while nothing runs.
type watchdog struct {
	active atomic.Bool   // a turn began since the last look
	asleep atomic.Bool   // the goroutine waits on nudge
	nudge  chan struct{} // capacity 1
	done   chan struct{} // closed by close; ends the goroutine

	mu     sync.Mutex // guards locals
	locals map[*local]struct{}
}

func newWatchdog() *watchdog {
	w := &watchdog{
		nudge:  make(chan struct{}, 1),
		done:   make(chan struct{}),
		locals: map[*local]struct{}{},
	}
	w.asleep.Store(true)
	go w.run() // until close
	return w
}

// wake says that a turn begins.
func (w *watchdog) wake() {
	if !w.active.Load() {
		w.active.Store(true)
	}
	if w.asleep.Load() && w.asleep.CompareAndSwap(true, false) {
		w.nudge <- struct{}{}
	}
}

func (w *watchdog) add(l *local) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.locals[l] = struct{}{}
}

func (w *watchdog) remove(l *local) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.locals, l)
}

func (w *watchdog) close() { close(w.done) }

func (w *watchdog) run() {
	for {
		select {
		case <-w.done:
			return
		case <-w.nudge:
		}
		if !w.patrol() {
			return
		}
	}
}

// patrol looks at the turns until none has run for a while; false when it was
// told to end.
func (w *watchdog) patrol() bool {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for quiet := 0; quiet < watchRest; quiet++ {
		select {
		case <-w.done:
			return false
		case <-ticker.C:
		}
		if w.look() {
			quiet = 0
		}
	}
	w.asleep.Store(true)
	// A turn that began while the flag was still down would have no watcher.
	if w.active.Load() {
		w.wake()
	}
	return true
}

// look ends the turns that have overrun and reports whether any is running or
// began since the last look.
func (w *watchdog) look() bool {
	seen := w.active.Swap(false)
	for _, l := range w.running() {
		seen = true
		l.overrun()
	}
	return seen
}

func (w *watchdog) running() []*local {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []*local
	for l := range w.locals {
		if l.running.Load() != 0 {
			list = append(list, l)
		}
	}
	return list
}

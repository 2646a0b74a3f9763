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
	// leastBudget is what any turn may use. A request that overspends in short turns is
	// ended between two of them, at no cost to its isolate.
	leastBudget = watchInterval
	// watchRest is after how many looks without a turn the watchdog goes to sleep.
	watchRest = 200
)

// watched is what a watchdog looks at.
type watched interface {
	// isRunning reports whether there is anything to look at.
	isRunning() bool
	// look ends what has overrun.
	look()
}

// watchdog looks at what runs, so that turns end which have used up their time on
// the processor. It sleeps while nothing runs.
type watchdog struct {
	active atomic.Bool   // a turn began since the last look
	asleep atomic.Bool   // the goroutine waits on nudge
	nudge  chan struct{} // capacity 1
	done   chan struct{} // closed by close; ends the goroutine

	mu  sync.Mutex // guards all
	all map[watched]struct{}
}

func newWatchdog() *watchdog {
	w := &watchdog{
		nudge: make(chan struct{}, 1),
		done:  make(chan struct{}),
		all:   map[watched]struct{}{},
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

func (w *watchdog) add(x watched) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all[x] = struct{}{}
}

func (w *watchdog) remove(x watched) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.all, x)
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

// look looks at what runs, and reports whether anything does, or began since the
// last look.
func (w *watchdog) look() bool {
	seen := w.active.Swap(false)
	for _, x := range w.list(watched.isRunning) {
		seen = true
		x.look()
	}
	return seen
}

// list lists those of all that are wanted.
func (w *watchdog) list(wanted func(watched) bool) []watched {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []watched
	for x := range w.all {
		if wanted(x) {
			list = append(list, x)
		}
	}
	return list
}

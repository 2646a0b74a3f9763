package http2

import "sync"

// workers are goroutines that wait for the next thing to do. One that is used again
// has a stack that has grown already. The zero value is ready.
type workers struct {
	mu   sync.Mutex // guards idle and closed
	idle []*worker  // those that waited for the shortest time are last
	// fewest is the least that were idle since the last trim: they were not needed.
	fewest int
	closed bool
}

// task is something to do.
type task interface{ run() }

// worker is a goroutine that takes one thing after another until its channel is closed.
type worker struct{ next chan task }

// do has something done on another goroutine.
func (w *workers) do(what task) {
	w.mu.Lock()
	n := len(w.idle)
	if n == 0 {
		w.mu.Unlock()
		one := &worker{next: make(chan task, 1)}
		one.next <- what
		go w.run(one) // until trim or close
		return
	}
	one := w.idle[n-1]
	w.idle = w.idle[:n-1]
	w.fewest = min(w.fewest, n-1)
	w.mu.Unlock()
	one.next <- what
}

func (w *workers) run(one *worker) {
	for what := range one.next {
		what.run()
		w.mu.Lock()
		if w.closed {
			w.mu.Unlock()
			return
		}
		w.idle = append(w.idle, one)
		w.mu.Unlock()
	}
}

// trim ends those that were idle all the time since the last trim.
func (w *workers) trim() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range w.idle[:w.fewest] {
		close(one.next)
	}
	w.idle = append(w.idle[:0], w.idle[w.fewest:]...)
	w.fewest = len(w.idle)
}

// close ends all; those that are busy end afterwards.
func (w *workers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, one := range w.idle {
		close(one.next)
	}
	w.idle, w.fewest = nil, 0
}

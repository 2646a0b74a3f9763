package worker

import (
	"sync/atomic"
	"time"

	"hedge"
	"hedge/frame"
)

// remote is the host's end of an isolate that lives in a cordon.
type remote struct {
	traffic
	cordon   *cordon
	app      *App
	observer observer

	// set by open, with mu held
	line *line
	id   uint32

	pending []uint32 // the subjects of posts that have not been answered, oldest first; guarded by mu
	// moved counts how often the isolate began with something or answered. seen is what
	// the watchdog last saw of it, and silent how many of its looks that has been so.
	moved        atomic.Int64
	seen, silent int64
	isGone       atomic.Bool // the observer has been told that the isolate is closed
}

var _ port = (*remote)(nil)

func (r *remote) open() error {
	for {
		l, err := r.cordon.await()
		if err != nil {
			r.mu.Lock()
			r.ended.Store(true)
			r.mu.Unlock()
			r.gone()
			return err
		}
		if l.admit(r) {
			return nil
		}
		<-l.gone // soon, for its process is being killed
	}
}

// attach gives the remote its place in a cordon. It is called with line.mu held.
func (r *remote) attach(l *line, id, program uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.line, r.id = l, id
	r.moved.Add(1)
	limits := &r.app.limits
	l.out.add(func(w *frame.Writer) {
		w.Begin(recordOpen, id)
		w.Word(program)
		wide(w, limits.Memory)
		wide(w, int64(limits.CPU))
		wide(w, int64(limits.StartupCPU))
		w.End()
		if r.ended.Load() {
			w.Empty(recordClose, id) // it came first
		}
	})
}

func (r *remote) post(subject uint32, settles bool, write func(*frame.Writer)) (number uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended.Load() {
		return 0
	}
	if len(r.pending) == 0 {
		r.busy.Store(true)
		r.moved.Add(1)
	}
	r.posts++
	r.pending = append(r.pending, subject)
	if settles {
		r.outstanding.Add(-1)
	}
	r.line.began()
	r.line.out.add(func(w *frame.Writer) {
		start := w.Enclose(recordPost, r.id)
		w.Word(subject)
		write(w)
		w.Close(start)
	})
	return r.posts
}

func (r *remote) charge(subject uint32, cpu time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended.Load() {
		return
	}
	r.line.out.add(func(w *frame.Writer) {
		w.Begin(recordCharge, r.id)
		w.Word(subject)
		wide(w, int64(cpu))
		w.End()
	})
}

func (r *remote) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended.Load() {
		return
	}
	r.ended.Store(true)
	if r.line != nil { // else attach says so
		r.line.out.add(func(w *frame.Writer) { w.Empty(recordClose, r.id) })
	}
}

// turned takes what a turn left behind; it returns an error if there cannot have
// been one. Called by the line's reader, which is the driver.
func (r *remote) turned(t turn) error {
	if !r.isPending(t.posts) {
		return hedge.Errorf(hedge.OutcomeCordonLost, "it answered what nobody had asked")
	}
	if !r.ended.Load() {
		r.observer.handle(t)
	}
	if rests := r.answered(t.posts); rests {
		r.observer.rested()
	}
	return nil
}

func (r *remote) isPending(posts int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return posts > 0 && posts <= len(r.pending)
}

// answered takes posts off what is pending, and reports whether the isolate rests.
func (r *remote) answered(posts int) (rests bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending = r.pending[:copy(r.pending, r.pending[posts:])]
	r.line.answered(posts)
	r.moved.Add(1)
	if len(r.pending) > 0 {
		return false
	}
	r.busy.Store(false)
	return !r.ended.Load()
}

// heaped takes the size of the heap.
func (r *remote) heaped(bytes int64) {
	before := r.heap.Swap(bytes)
	if bytes > before && !r.ended.Load() {
		r.observer.grown()
	}
}

// atWork returns what the isolate is at work for, if it is.
func (r *remote) atWork() (subject uint32, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.pending) == 0 {
		return 0, false
	}
	return r.pending[0], true
}

// lose says that the cordon's process has ended.
func (r *remote) lose(l loss) {
	r.mu.Lock()
	r.ended.Store(true)
	r.line.answered(len(r.pending))
	r.pending = nil
	r.mu.Unlock()
	r.observer.lost(l)
	r.gone()
}

// gone says, once, that the isolate is no more.
func (r *remote) gone() {
	if r.isGone.CompareAndSwap(false, true) {
		r.observer.closed()
	}
}

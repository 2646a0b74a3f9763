package worker

import (
	"sync"
	"sync/atomic"
	"time"

	"hedge/frame"
	"hedge/v8"
)

// turn is what an isolate did with some frames.
type turn struct {
	// subject is the request that the frames were about, 0 for the app itself.
	subject uint32
	// frames are what the isolate said; they are valid until the handler returns.
	frames []byte
	began  time.Time
	cpu    time.Duration
	status v8.Status
	// outOfMemory says that the heap limit ended the turn, memoryRefused that an
	// ArrayBuffer was refused at some time.
	outOfMemory, memoryRefused bool
}

// observer is told what an isolate does. All but closed are called by the driver,
// which holds no lock meanwhile.
type observer interface {
	// budget returns the CPU time that the next turn, about subject, may use.
	budget(subject uint32) time.Duration
	// handle takes what a turn left behind.
	handle(t turn)
	// grown says that the heap has become larger.
	grown()
	// rested says that the isolate has nothing to do; somebody else may have become
	// the driver by now.
	rested()
	// closed says that the isolate is no more. It must not call the local.
	closed()
}

// local drives an isolate of this process. Whoever posts a frame while no turn
// runs becomes the driver and runs one; what has queued up by then goes to a
// goroutine of its own, so that nobody works for others for long.
type local struct {
	isolate  *v8.Isolate
	observer observer
	watch    *watchdog

	// outstanding counts what will post a frame sooner or later. It goes down in the
	// same critical section that queues the frame.
	outstanding atomic.Int64
	busy        atomic.Bool // there is a driver; written with mu held
	ended       atomic.Bool // close has been called; written with mu held

	mu     sync.Mutex // guards queued, and isolate from being freed
	queued queue

	// The driver's.
	work       queue
	lastSeq    uint64
	unmeasured time.Duration // CPU time since the heap was last measured

	running atomic.Uint64 // the number of the turn under way, 0 for none
	limit   atomic.Int64  // its CPU budget in ns
	heap    atomic.Int64  // what V8 has committed for the heap, when last measured
}

// measureEvery is the CPU time after which the heap is measured again: in less
// than that it does not grow by much.
const measureEvery = time.Millisecond

// post queues the frames that write appends. settles says that one outstanding
// thing ends with them. It may run a turn before it returns.
func (l *local) post(subject uint32, settles bool, write func(*frame.Writer)) {
	l.mu.Lock()
	if l.ended.Load() {
		l.mu.Unlock()
		return
	}
	write(&l.queued.frames)
	l.queued.add(subject)
	if settles {
		l.outstanding.Add(-1)
	}
	if l.busy.Load() {
		l.mu.Unlock()
		return
	}
	l.busy.Store(true)
	l.swap()
	l.mu.Unlock()
	l.turn()
	if l.more() {
		go l.drive()
	}
}

// drive runs turns until there is nothing to do.
func (l *local) drive() {
	for {
		l.turn()
		if !l.more() {
			return
		}
	}
}

// swap makes what is queued the driver's work. mu is held, and the work is done.
func (l *local) swap() {
	l.work.reset()
	l.work, l.queued = l.queued, l.work
}

// turn runs one turn. The caller is the driver, and has work.
func (l *local) turn() {
	subject, frames := l.work.take()
	l.lastSeq++
	l.limit.Store(int64(l.observer.budget(subject)))
	l.running.Store(l.lastSeq)
	if l.ended.Load() {
		return // or it would run after all, if close came just before
	}
	l.watch.wake()
	began := time.Now()
	r := l.isolate.Turn(frames, began, l.lastSeq)
	l.running.Store(0)
	l.observer.handle(turn{
		subject: subject, frames: r.Out, began: began, cpu: r.CPU, status: r.Status,
		outOfMemory: r.OutOfMemory, memoryRefused: r.MemoryRefused,
	})
	l.measure(r.CPU)
}

// measure looks at the heap from time to time.
func (l *local) measure(cpu time.Duration) {
	l.unmeasured += cpu
	if l.unmeasured < measureEvery || l.ended.Load() {
		return
	}
	l.unmeasured = 0
	before := l.heap.Load()
	now := l.isolate.MeasureMemory().HeapTotal
	l.heap.Store(now)
	if now > before {
		l.observer.grown()
	}
}

// more reports whether the driver has more to do. If not, the caller is the driver
// no more.
func (l *local) more() bool {
	if l.stay() {
		return true
	}
	l.observer.rested()
	return false
}

func (l *local) stay() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.ended.Load():
		l.free()
		return false
	case !l.work.empty():
		return true
	case l.queued.empty():
		l.busy.Store(false)
		return false
	}
	l.swap()
	return true
}

// isQuiet reports whether nothing will happen in the isolate but for a timer, or
// for what comes from outside.
func (l *local) isQuiet() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.busy.Load() && !l.ended.Load() && l.outstanding.Load() == 0
}

// attach gives the local its isolate. It frees it at once if close came first.
func (l *local) attach(isolate *v8.Isolate) {
	l.watch.add(l)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isolate = isolate
	if l.ended.Load() {
		l.free()
	}
}

// close ends the isolate, and the turn that is running.
func (l *local) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended.Load() {
		return
	}
	l.ended.Store(true)
	if l.isolate == nil {
		return // attach frees it
	}
	if !l.busy.Load() {
		l.free()
		return
	}
	if seq := l.running.Load(); seq != 0 {
		l.isolate.Terminate(seq) // the driver frees the isolate
	}
}

// free gives the isolate back. mu is held, and there is no driver or the caller is it.
func (l *local) free() {
	l.watch.remove(l)
	l.isolate.Close()
	l.isolate = nil
	l.observer.closed()
}

// overrun terminates the turn under way if it has used up its CPU budget, or is
// not wanted any more. It is called by the watchdog.
func (l *local) overrun() {
	if l.running.Load() == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isolate == nil {
		return
	}
	cpu, seq, ok := l.isolate.RunningCPU()
	if ok && seq == l.running.Load() && (l.ended.Load() || int64(cpu) > l.limit.Load()) {
		l.isolate.Terminate(seq)
	}
}

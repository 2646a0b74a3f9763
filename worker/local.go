package worker

import (
	"sync/atomic"
	"time"

	"hedge/frame"
	"hedge/v8"
)

// local drives an isolate of this process. Whoever posts a frame while no turn
// runs becomes the driver and runs one; what has queued up by then goes to a
// goroutine of its own, so that nobody works for others for long.
type local struct {
	traffic  // busy: there is a driver; mu guards isolate from being freed, too
	engine   *localEngine
	program  *program
	memory   int64 // what heap and ArrayBuffers may take, in bytes
	observer observer

	isolate *v8.Isolate
	queued  queue

	// The driver's.
	work       queue
	lastSeq    uint64
	unmeasured time.Duration // CPU time since the heap was last measured
	compiled   bool          // the program has the isolate's code

	running atomic.Uint64 // the number of the turn under way, 0 for none
	demoted uint64        // the last turn whose thread has been demoted; the watchdog's
	subject atomic.Uint32 // what it is about
	limit   atomic.Int64  // its CPU budget in ns
}

var _ port = (*local)(nil)

// measureEvery is the CPU time after which the heap is measured again: in less
// than that it does not grow by much.
const measureEvery = time.Millisecond

func (l *local) post(subject uint32, settles bool, write func(*frame.Writer)) (number uint64) {
	l.mu.Lock()
	if l.ended.Load() {
		l.mu.Unlock()
		return 0
	}
	l.posts++
	number = l.posts
	write(&l.queued.frames)
	l.queued.add(subject)
	if settles {
		l.outstanding.Add(-1)
	}
	if l.busy.Load() {
		l.mu.Unlock()
		return number
	}
	l.busy.Store(true)
	l.swap()
	l.mu.Unlock()
	l.turn()
	if l.more() {
		go l.drive()
	}
	return number
}

// charge has nothing to add: whoever charges is the observer, and knows the budget.
func (l *local) charge(uint32, time.Duration) {}

// submit queues frames for a turn on another goroutine.
func (l *local) submit(subject uint32, frames []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended.Load() {
		return
	}
	l.queued.frames.Raw(frames)
	l.queued.add(subject)
	if l.busy.Load() {
		return
	}
	l.busy.Store(true)
	l.swap()
	go l.drive()
}

// openAside makes the isolate on another goroutine, which becomes the driver of
// what is submitted meanwhile.
func (l *local) openAside() {
	l.busy.Store(true)
	go func() {
		spare := l.prepare()
		l.engine.watch.add(l)
		l.mu.Lock()
		l.isolate = spare
		l.mu.Unlock()
		if l.more() {
			l.drive()
		}
	}()
}

// drive runs turns until there is nothing to do. It is a goroutine's own function.
func (l *local) drive() {
	for {
		if l.engine.retireThread() {
			go l.drive()
			return // with the thread
		}
		l.turn()
		if !l.more() {
			l.engine.retireThread()
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
	subject, posts, frames := l.work.take()
	l.lastSeq++
	renewed := hasEvent(frames)
	l.limit.Store(int64(l.observer.budget(subject, renewed)))
	l.subject.Store(subject)
	l.running.Store(l.lastSeq)
	if l.ended.Load() {
		return // or it would run after all, if close came just before
	}
	l.engine.watch.wake()
	began := time.Now()
	r := l.isolate.Turn(frames, began, l.lastSeq)
	l.running.Store(0)
	answered := !l.compiled && r.Status == v8.OK && hasAnswered(r.Out)
	if r.Status == v8.Terminated && !r.OutOfMemory && !l.compiled {
		l.program.keepCode(l.isolate, false) // before the isolate is let go of
	}
	l.observer.handle(turn{
		subject: subject, posts: posts, frames: r.Out, began: began, cpu: r.CPU, status: r.Status, renewed: renewed,
		outOfMemory: r.OutOfMemory, memoryRefused: r.MemoryRefused,
	})
	if answered {
		l.program.keepCode(l.isolate, true)
		l.compiled = true
	}
	l.measure(r.CPU)
}

// hasEvent reports whether one of the frames says that a request's time begins anew.
func hasEvent(frames []byte) bool {
	for len(frames) > 0 {
		f, rest, err := frame.Next(frames)
		if err != nil || f.Kind == frame.Event {
			return err == nil
		}
		frames = rest
	}
	return false
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

func (l *local) open() error {
	l.attach(l.prepare())
	return nil
}

// prepare takes an isolate, and makes the app's modules known to it.
func (l *local) prepare() *v8.Isolate {
	spare := l.engine.take(l.memory)
	spare.host.program.Store(l.program)
	l.program.addTo(spare.isolate)
	return spare.isolate
}

// attach gives the local its isolate. It frees it at once if close came first.
func (l *local) attach(isolate *v8.Isolate) {
	l.engine.watch.add(l)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isolate = isolate
	if l.ended.Load() {
		l.free()
	}
}

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
	l.engine.watch.remove(l)
	l.isolate.Close()
	l.isolate = nil
	l.engine.freed()
	l.observer.closed()
}

// stuckAfter is the CPU time after which a turn that was terminated counts as one
// that cannot be: what V8 does before it looks takes less, a collection above all.
const stuckAfter = 400 * time.Millisecond

// isRunning reports whether a turn is under way.
func (l *local) isRunning() bool { return l.running.Load() != 0 }

// look terminates the turn under way if it has used up its CPU budget, or is not
// wanted any more. It is called by the watchdog.
func (l *local) look() {
	if subject, cpu, isStuck := l.overrun(); isStuck {
		l.observer.stuck(subject, cpu)
	}
}

func (l *local) overrun() (subject uint32, cpu time.Duration, isStuck bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isolate == nil {
		return 0, 0, false
	}
	cpu, seq, ok := l.isolate.RunningCPU()
	if !ok || seq != l.running.Load() {
		return 0, 0, false
	}
	l.demoteLong(cpu, seq)
	limit := time.Duration(l.limit.Load())
	if cpu <= limit && !l.ended.Load() {
		return 0, 0, false
	}
	l.isolate.Terminate(seq)
	return l.subject.Load(), cpu, cpu > limit+stuckAfter
}

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
	cpu    time.Duration
	status v8.Status
	// outOfMemory says that the heap limit ended the turn, memoryRefused that an
	// ArrayBuffer was refused at some time.
	outOfMemory, memoryRefused bool
}

// local drives an isolate of this process. Whoever posts a frame while no turn
// runs becomes the driver and runs one; what has queued up by then goes to a
// goroutine of its own, so that nobody works for others for long.
type local struct {
	isolate *v8.Isolate
	handle  func(turn)                         // called by the driver, one turn at a time
	budget  func(subject uint32) time.Duration // CPU time that a turn may use
	watch   *watchdog

	// outstanding counts what will post a frame sooner or later. It goes down in the
	// same critical section that queues the frame.
	outstanding atomic.Int64

	mu     sync.Mutex // guards what follows
	queued queue
	busy   bool // there is a driver
	closed bool

	work queue // the driver's

	running atomic.Uint64 // the number of the turn under way, 0 for none
	limit   atomic.Int64  // its CPU budget in ns
	lastSeq uint64        // the driver's
}

// queue is a sequence of frames, marked by subject.
type queue struct {
	frames frame.Writer
	marks  []mark
	next   int // the first mark that has not been taken
	at     int // where its frames begin
}

type mark struct {
	subject uint32
	end     int
}

func (q *queue) empty() bool { return q.next == len(q.marks) }

func (q *queue) reset() {
	q.frames.Reset()
	q.marks, q.next, q.at = q.marks[:0], 0, 0
}

// add notes that frames about subject have been written.
func (q *queue) add(subject uint32) {
	if n := len(q.marks); n > q.next && q.marks[n-1].subject == subject {
		q.marks[n-1].end = q.frames.Len()
		return
	}
	q.marks = append(q.marks, mark{subject, q.frames.Len()})
}

// take returns the next frames that are about one subject.
func (q *queue) take() (subject uint32, frames []byte) {
	m := q.marks[q.next]
	frames = q.frames.Bytes()[q.at:m.end]
	q.at = m.end
	q.next++
	return m.subject, frames
}

// post queues the frames that write appends. settles says that one outstanding
// thing ends with them. It may run a turn before it returns.
func (l *local) post(subject uint32, settles bool, write func(*frame.Writer)) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	write(&l.queued.frames)
	l.queued.add(subject)
	if settles {
		l.outstanding.Add(-1)
	}
	if l.busy {
		l.mu.Unlock()
		return
	}
	l.busy = true
	l.mu.Unlock()
	if l.step() {
		go l.drive()
	}
}

// drive runs turns until the queue is empty.
func (l *local) drive() {
	for l.step() {
	}
}

// step runs one turn and reports whether there is more to do. The caller is the
// driver, and stays so only if it returns true.
func (l *local) step() (more bool) {
	if !l.refill() {
		return false
	}
	subject, frames := l.work.take()
	l.lastSeq++
	l.limit.Store(int64(l.budget(subject)))
	l.running.Store(l.lastSeq)
	l.watch.wake()
	r := l.isolate.Turn(frames, time.Now(), l.lastSeq)
	l.running.Store(0)
	l.handle(turn{
		subject: subject, frames: r.Out, cpu: r.CPU, status: r.Status,
		outOfMemory: r.OutOfMemory, memoryRefused: r.MemoryRefused,
	})
	return l.refill()
}

// refill sees to it that there is work, and gives up being the driver if there is none.
func (l *local) refill() bool {
	if !l.work.empty() && !l.isClosed() {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		l.free()
		return false
	}
	l.work.reset()
	if l.queued.empty() {
		l.busy = false
		return false
	}
	l.work, l.queued = l.queued, l.work
	return true
}

func (l *local) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// isBusy reports whether turns are being run.
func (l *local) isBusy() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy
}

// isQuiet reports whether nothing will happen in the isolate but for a timer.
func (l *local) isQuiet() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.busy && !l.closed && l.outstanding.Load() == 0
}

// isIdle reports, to the handler of a turn, whether nothing will follow it: no
// frame is waiting and nothing is outstanding.
func (l *local) isIdle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.work.empty() && l.queued.empty() && l.outstanding.Load() == 0
}

// close ends the isolate, after the turn that is running.
func (l *local) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	if !l.busy {
		l.free()
	}
}

// free gives the isolate back. mu is held, and there is no driver or the caller is it.
func (l *local) free() {
	l.watch.remove(l)
	l.isolate.Close()
	l.isolate = nil
}

// overrun terminates the turn under way if it has used up its CPU budget. It is
// called by the watchdog.
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
	if ok && seq == l.running.Load() && int64(cpu) > l.limit.Load() {
		l.isolate.Terminate(seq)
	}
}

// memory returns what the isolate holds; zeros once it has been freed.
func (l *local) memory() v8.Memory {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isolate == nil {
		return v8.Memory{}
	}
	return l.isolate.Memory()
}

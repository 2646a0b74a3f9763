package worker

import (
	"sync"
	"sync/atomic"
	"time"

	"hedge/frame"
	"hedge/v8"
)

// port is the host's end of an isolate, wherever that lives: a *local has it in this
// process, a *remote in a cordon. Frames go in through it, and its observer, a
// session, is told what comes out. The methods may be called from any goroutine.
type port interface {
	// open makes the isolate, with the app's modules in it. It is called once, before
	// any post. The error is a *hedge.Error; closed has been called then.
	open() error
	// post queues the frames that write appends. settles says that one outstanding
	// thing ends with them. It may run a turn before it returns. Posts are numbered from
	// 1 on; 0 says that the isolate gets none any more.
	post(subject uint32, settles bool, write func(*frame.Writer)) (number uint64)
	// charge says that the host has used the processor for a request, whose next turn may
	// use less.
	charge(subject uint32, cpu time.Duration)
	// close ends the isolate, and the turn that is running. It does not wait.
	close()
}

// home is where the isolates of an app live.
type home interface {
	// newPort returns a port for a session, which has not been opened yet, and what
	// it tells of itself.
	newPort(s *session) (port, *traffic)
	// cage is what the heaps of the isolates there have to fit in.
	cage() *cage
	// leave is called when a session that lived there is no more.
	leave()
}

// turn is what an isolate did with some frames.
type turn struct {
	// subject is the request that the frames were about, 0 for the app itself.
	subject uint32
	// posts is how many posts the frames came from.
	posts int
	// frames are what the isolate said; they are valid until the handler returns.
	frames []byte
	began  time.Time
	cpu    time.Duration
	status v8.Status
	// renewed says that the subject began with its processor time anew.
	renewed bool
	// outOfMemory says that the heap limit ended the turn, memoryRefused that an
	// ArrayBuffer was refused at some time.
	outOfMemory, memoryRefused bool
}

// observer is told what an isolate does. Those above the line are called by the
// driver, one at a time and without a lock held.
type observer interface {
	// budget returns the CPU time that the next turn, about subject, may use. renewed
	// says that what was used before does not count.
	budget(subject uint32, renewed bool) time.Duration
	// handle takes what a turn left behind.
	handle(t turn)
	// grown says that the heap has become larger.
	grown()
	// rested says that the isolate has nothing to do; somebody else may have become
	// the driver by now.
	rested()

	// stuck says that a turn goes on although it was terminated, and how much CPU time
	// it has taken so far. It may be said more than once.
	stuck(subject uint32, cpu time.Duration)
	// describe names what subject is about, as method and URL, for the operator.
	describe(subject uint32) string
	// doomed says that the process of the isolate has ended: it gets nothing more to do.
	// lost follows, when this has been said of all isolates in it.
	doomed()
	// lost says that the process of the isolate has ended, and with it the isolate.
	// closed follows.
	lost(l loss)
	// closed says, once, that the isolate is no more. It must not call the port.
	closed()
}

// traffic is what is on its way to an isolate, and what is known of it.
type traffic struct {
	mu sync.Mutex // guards what the port has queued
	// outstanding counts what will post a frame sooner or later. It goes down in the
	// same critical section that queues the frame.
	outstanding atomic.Int64
	busy        atomic.Bool  // frames are queued, or a turn runs; written with mu held
	ended       atomic.Bool  // close has been called, or the isolate lost; written with mu held
	posts       uint64       // how many there have been; guarded by mu
	heap        atomic.Int64 // what V8 has committed for the heap, when last measured
}

// expect says that something will be posted that settles.
func (t *traffic) expect() { t.outstanding.Add(1) }

// isQuiet reports whether nothing will happen in the isolate but for a timer, or
// for what comes from outside, and how much has been posted until then.
func (t *traffic) isQuiet() (posts uint64, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.posts, !t.busy.Load() && !t.ended.Load() && t.outstanding.Load() == 0
}

package worker

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/child"
	"hedge/frame"
)

// line is the host's side of one process of a cordon: the isolates in it, and what
// is said to and by it. What comes from there is believed as little as a client is.
type line struct {
	cordon  *cordon
	process *child.Process
	out     outbox

	gone       chan struct{} // closed when the cordon has no process, or another one
	unanswered atomic.Int64  // posts under way
	mostRecord atomic.Int64  // bytes that the process may say at once
	ceiling    atomic.Int64  // bytes that the process may have in memory; it does not fall, as memory is given back late
	looked     int           // how often look was called: the watchdog's

	mu       sync.Mutex // guards what follows
	isLost   bool       // the process has ended, or is about to
	lastID   uint32     // of programs and isolates
	remotes  map[uint32]*remote
	programs map[*program]uint32
	verdict  *verdict // nil while there is none; the first stays
}

// verdict says why the host has killed a process.
type verdict struct {
	isolate uint32 // whose fault it was, 0 if that is not known
	outcome hedge.Outcome
	reason  string
	cpu     time.Duration // that the turn had taken, which nobody else will report
}

func newLine(c *cordon, p *child.Process) *line {
	l := &line{
		cordon: c, process: p, out: outbox{to: p.Conn()}, gone: make(chan struct{}),
		remotes: map[uint32]*remote{}, programs: map[*program]uint32{},
	}
	l.ceiling.Store(c.set.ceiling(0))
	return l
}

func (l *line) began() {
	l.unanswered.Add(1)
	l.cordon.set.watch.wake()
}

func (l *line) answered(posts int) { l.unanswered.Add(int64(-posts)) }

// end says that nothing begins here any more.
func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isLost = true
}

// admit gives a remote its isolate, with its program; false if the process has
// ended, or is about to.
func (l *line) admit(r *remote) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isLost {
		return false
	}
	program, sent := l.programs[r.app.program]
	if !sent {
		l.lastID++
		program = l.lastID
		l.programs[r.app.program] = program
		l.out.add(func(w *frame.Writer) { writeProgram(w, program, r.app.program) })
	}
	l.lastID++
	l.remotes[l.lastID] = r
	l.mostRecord.Store(max(l.mostRecord.Load(), 2*r.app.limits.Memory+leastRecord))
	l.ceiling.Store(max(l.ceiling.Load(), l.cordon.set.ceiling(l.limits())))
	r.attach(l, l.lastID, program)
	return true
}

// limits is what the isolates may have together, in bytes. mu is held.
func (l *line) limits() (bytes int64) {
	for _, r := range l.remotes {
		bytes += r.app.limits.Memory
	}
	return bytes
}

// leastRecord is what a cordon may say at once in addition to twice the memory of an isolate:
// a turn can leave behind a response as large as that, and says it in UTF-8.
const leastRecord = 1 << 20

// read takes what the process says until it ends, or says what makes no sense.
func (l *line) read() error {
	r := recordReader{from: l.process.Conn(), most: l.mostRecord.Load}
	for {
		f, err := r.next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := l.take(f); err != nil {
			return err
		}
	}
}

func (l *line) take(f frame.Frame) error {
	l.mu.Lock()
	remote := l.remotes[f.ID]
	l.mu.Unlock()
	if remote == nil {
		return fmt.Errorf("it spoke of an isolate %d that does not exist", f.ID)
	}
	r := frame.NewReader(f.Payload)
	switch f.Kind {
	case recordTurn:
		t, err := readTurn(f.Payload)
		if err != nil {
			return err
		}
		return remote.turned(t)
	case recordHeap:
		remote.heaped(readWide(&r))
	case recordStuck:
		_ = r.Word() // the subject, which the host knows better
		l.judge(verdict{f.ID, hedge.OutcomeExceededCPU, "a function of V8 did not end at the limit of processor time", readCPU(&r)})
	case recordClosed:
		if !remote.ended.Load() {
			return fmt.Errorf("it closed the isolate %d, which nobody had asked for", f.ID)
		}
		l.closed(f.ID, remote)
	default:
		return fmt.Errorf("it sent a record of an unknown kind %d", f.Kind)
	}
	return r.Err()
}

// closed takes an isolate off the list, and the program if nobody needs it any more.
func (l *line) closed(id uint32, r *remote) {
	l.mu.Lock()
	delete(l.remotes, id)
	if r.app.isClosed() && !l.runs(r.app) {
		program := l.programs[r.app.program]
		delete(l.programs, r.app.program)
		l.out.add(func(w *frame.Writer) { w.Empty(recordForget, program) })
	}
	l.mu.Unlock()
	r.mu.Lock()
	l.answered(len(r.pending))
	r.pending = nil
	r.mu.Unlock()
	r.gone()
}

// runs reports whether an app has an isolate here. mu is held.
func (l *line) runs(a *App) bool {
	for _, r := range l.remotes {
		if r.app == a {
			return true
		}
	}
	return false
}

// judge kills the process.
func (l *line) judge(v verdict) {
	l.mu.Lock()
	if l.verdict == nil {
		l.verdict = &v
	}
	l.isLost = true
	l.mu.Unlock()
	go l.process.Kill(v.reason) // it waits; the end of the pipe follows
}

const (
	// sampleEvery and awaitEvery are after how many looks of the watchdog the memory
	// and the progress of a process are looked at.
	sampleEvery = 4
	awaitEvery  = 50
	// silence is how much longer than its limit an isolate may say nothing although it
	// has been given something to do. A process that is well has ended the turn, or
	// said that it cannot, long before; one that gets little of a busy machine has not.
	silence = time.Minute
	// maxOutbox bounds what waits for a process that does not read.
	maxOutbox = 256 << 20
)

// isRunning reports whether the process has anything to do.
func (l *line) isRunning() bool { return l.unanswered.Load() > 0 }

// look sees to it that the process stays within its bounds. It is called by the
// watchdog.
func (l *line) look() {
	l.looked++
	if l.looked%sampleEvery == 0 {
		l.lookAtMemory()
	}
	if l.looked%awaitEvery == 0 {
		l.lookAtProgress()
	}
}

func (l *line) lookAtMemory() {
	most := l.ceiling.Load()
	have, err := l.process.Resident()
	if err != nil || int64(have) <= most { // an error says that it has ended
		return
	}
	v := verdict{outcome: hedge.OutcomeExceededMemory, reason: fmt.Sprintf("it had %d MiB in memory, of %d", have>>20, most>>20)}
	l.judge(v)
}

// lookAtProgress counts looks instead of reading a clock: a machine that was asleep, or
// a process that was stopped, has not been silent meanwhile.
func (l *line) lookAtProgress() {
	if l.out.size() > maxOutbox {
		l.judge(verdict{outcome: hedge.OutcomeCordonLost, reason: "it did not read what it was sent"})
	}
	l.mu.Lock()
	var silent uint32
	for id, r := range l.remotes {
		limit := max(r.app.limits.CPU, r.app.limits.StartupCPU) + silence
		if moved := r.moved.Load(); !r.busy.Load() || moved != r.seen {
			r.seen, r.silent = moved, 0
		} else if r.silent++; time.Duration(r.silent)*awaitEvery*watchInterval > limit {
			silent = id
		}
	}
	l.mu.Unlock()
	if silent != 0 {
		l.judge(verdict{isolate: silent, outcome: hedge.OutcomeExceededCPU, reason: "it gave no answer long after its limit of processor time"})
	}
}

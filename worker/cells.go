package worker

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"hedge/child"
	"hedge/frame"
)

// confinement is what a cordon may use. The host watches what it has in memory, much
// more closely; this bounds what it can have before the host looks.
func confinement() child.Policy { return child.Policy{Data: 6 << 30, Files: 64, Threads: 512} }

// cells are the isolates of a cordon, in its process. They are told what to do by
// the host alone: nothing here opens a file or a connection.
type cells struct {
	engine   *localEngine
	out      outbox
	programs map[uint32]*program // the reader's

	mu   sync.Mutex // guards what follows
	list map[uint32]*cell
}

// serveCells is the role of a cordon, whose argument is how many isolates it keeps
// ready, and whose file is the snapshot.
func serveCells(self *child.Self, script []byte) error {
	spares, err := strconv.Atoi(self.Args)
	if err != nil {
		return fmt.Errorf("the number of spare isolates: %w", err)
	}
	snapshot, err := openSnapshot(self, script)
	if err != nil {
		return err
	}
	engine := newLocalEngine(snapshot, spares)
	engine.demotes = true // no other goroutine looks yet
	engine.awaitSpare()   // before the confinement says that the process is ready
	if _, err := self.Confine(confinement()); err != nil {
		return err
	}
	cs := &cells{engine: engine, out: outbox{to: self.Conn}, programs: map[uint32]*program{}, list: map[uint32]*cell{}}
	return cs.serve(self.Conn)
}

// serve does what the host says until the host ends the conversation.
func (cs *cells) serve(from io.Reader) error {
	r := recordReader{from: from, most: func() int64 { return math.MaxInt64 }} // the host is believed
	for {
		f, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = cs.take(f)
		}
		if err != nil {
			return err
		}
	}
}

func (cs *cells) take(f frame.Frame) (err error) {
	r := frame.NewReader(f.Payload)
	switch f.Kind {
	case recordProgram:
		cs.programs[f.ID], err = readProgram(f.Payload)
		return err
	case recordForget:
		delete(cs.programs, f.ID)
	case recordOpen:
		cs.open(f.ID, &r)
	case recordPost:
		if c := cs.find(f.ID); c != nil { // else it has just been closed
			c.post(r.Word(), r.Rest())
		}
	case recordCharge:
		if c := cs.find(f.ID); c != nil {
			c.charge(r.Word(), time.Duration(readWide(&r)))
		}
	case recordClose:
		if c := cs.find(f.ID); c != nil {
			c.local.close()
		}
	default:
		return fmt.Errorf("the host sent a record of an unknown kind %d", f.Kind)
	}
	return r.Err()
}

func (cs *cells) open(id uint32, r *frame.Reader) {
	program := cs.programs[r.Word()]
	c := &cell{of: cs, id: id, spent: map[uint32]*spending{}}
	memory := readWide(r)
	c.cpu, c.startupCPU = time.Duration(readWide(r)), time.Duration(readWide(r))
	c.local = cs.engine.newPort(program, memory, c)
	cs.mu.Lock()
	cs.list[id] = c
	cs.mu.Unlock()
	c.local.openAside()
}

func (cs *cells) find(id uint32) *cell {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return cs.list[id]
}

// cell is one isolate of a cordon. As the observer of its local it passes on to the
// host what a session would hear, and keeps the account of processor time, which
// must be exact to the turn.
type cell struct {
	of              *cells
	id              uint32
	local           *local
	cpu, startupCPU time.Duration // what a request may use, and the app itself
	isStuck         atomic.Bool   // the host has been told

	mu      sync.Mutex // guards what follows
	spent   map[uint32]*spending
	startup time.Duration // CPU time that loading has taken; 0 once it is over
	loaded  bool
}

var _ observer = (*cell)(nil)

// spending is what a request has used.
type spending struct {
	cpu  time.Duration
	over bool // the host has said that the request is over
}

// post hands frames to the isolate, and returns at once.
func (c *cell) post(subject uint32, frames []byte) {
	c.mu.Lock()
	for rest := frames; len(rest) > 0; {
		f, more, err := frame.Next(rest)
		if err != nil {
			break // the isolate will not mind: the host does not write such frames
		}
		switch {
		case f.Kind == frame.Request:
			c.spent[f.ID] = &spending{}
		case f.Kind == frame.Abort && c.spent[f.ID] != nil:
			r := frame.NewReader(f.Payload)
			c.spent[f.ID].over = r.Word() == 1
		}
		rest = more
	}
	c.mu.Unlock()
	c.local.submit(subject, frames)
}

// charge adds what the host has used of the processor for a request.
func (c *cell) charge(subject uint32, cpu time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.spent[subject]; s != nil {
		s.cpu += cpu
	}
	if subject == 0 && !c.loaded {
		c.startup += cpu
	}
}

func (c *cell) budget(subject uint32, renewed bool) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if subject == 0 {
		return max(c.startupCPU-c.startup, leastBudget)
	}
	if s := c.spent[subject]; s != nil && !s.over {
		if renewed {
			s.cpu = 0
		}
		return max(c.cpu-s.cpu, leastBudget)
	}
	return c.cpu // to clean up
}

func (c *cell) handle(t turn) {
	c.account(t)
	c.of.out.add(func(w *frame.Writer) { writeTurn(w, c.id, t) })
}

// account notes what a turn has used, and forgets the requests that end with it.
func (c *cell) account(t turn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.loaded {
		c.startup += t.cpu
	}
	if s := c.spent[t.subject]; s != nil {
		s.cpu += t.cpu
		if s.over {
			delete(c.spent, t.subject)
		}
	}
	for rest := t.frames; len(rest) > 0; {
		f, more, err := frame.Next(rest)
		if err != nil {
			return
		}
		if f.Kind == frame.Loaded {
			c.loaded, c.startup = true, 0
		}
		if f.Kind == frame.Finished || f.Kind == frame.Response && endsRequest(f.Payload) {
			delete(c.spent, f.ID)
		}
		rest = more
	}
}

// endsRequest reports whether nothing of a request goes on after its response.
func endsRequest(response []byte) bool {
	r := frame.NewReader(response)
	_, _, _ = r.Word(), r.Word(), r.Word()
	return r.Word() == frame.RequestFinished
}

func (c *cell) grown() {
	bytes := c.local.heap.Load()
	c.of.out.add(func(w *frame.Writer) {
		w.Begin(recordHeap, c.id)
		wide(w, bytes)
		w.End()
	})
}

func (c *cell) rested() {}

// doomed and lost are never said: when this process ends, so does this code.
func (c *cell) doomed()   {}
func (c *cell) lost(loss) {}

func (c *cell) describe(uint32) string { return "" }

func (c *cell) stuck(subject uint32, cpu time.Duration) {
	if c.isStuck.CompareAndSwap(false, true) {
		c.of.out.add(func(w *frame.Writer) {
			w.Begin(recordStuck, c.id)
			w.Word(subject)
			wide(w, int64(cpu))
			w.End()
		})
	}
}

func (c *cell) closed() {
	c.of.mu.Lock()
	delete(c.of.list, c.id)
	c.of.mu.Unlock()
	c.of.out.add(func(w *frame.Writer) { w.Empty(recordClosed, c.id) })
}

package worker

import (
	"io"
	"runtime"
	"sync"

	"hedge/frame"
)

// outbox gathers records and writes them together, from a goroutine that lives as
// long as there are some. Its methods may be called from any goroutine.
type outbox struct {
	to io.Writer

	mu      sync.Mutex   // guards what follows
	pending frame.Writer // what is to be written next
	writing bool         // there is a goroutine that writes
	err     error        // of the first write that failed; nothing is written after it

	spare frame.Writer // the writing goroutine's
}

// keptOutbox is the most memory that an outbox keeps when it has nothing in it.
const keptOutbox = 1 << 20

// add appends the records that write appends. It does not wait for them to be sent.
func (o *outbox) add(write func(*frame.Writer)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return
	}
	write(&o.pending)
	if !o.writing {
		o.writing = true
		go o.flush() // ends when nothing is pending
	}
}

// size is how many bytes wait to be written.
func (o *outbox) size() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pending.Len()
}

func (o *outbox) flush() {
	for {
		// Whoever is ready to run may have something to add, and what is written in
		// one piece wakes the other side up once.
		runtime.Gosched()
		if !o.next() {
			return
		}
		if _, err := o.to.Write(o.spare.Bytes()); err != nil {
			o.fail(err)
		}
	}
}

// next takes what is pending, or ends the writing if there is nothing.
func (o *outbox) next() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.spare.Len() > keptOutbox {
		o.spare = frame.Writer{}
	}
	if o.pending.Len() == 0 {
		o.writing = false
		return false
	}
	o.spare.Reset()
	o.spare, o.pending = o.pending, o.spare
	return true
}

func (o *outbox) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	o.pending = frame.Writer{}
}

package cli

import (
	"encoding/json"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"hedge/sourcemap"
)

// maxPending is how much output may wait for a slow reader before those who write
// have to wait, too.
const maxPending = 1 << 20

// journal is what a running server tells: a line for people or a JSON object for
// each thing that happens, in the order in which it does. Its methods may be called
// from any goroutine. What comes while a write is under way leaves with the next
// one, so that a busy server makes few writes, and an idle one makes them at once.
type journal struct {
	json  bool
	style style
	now   func() time.Time
	// hosts says that requests are shown with their host: there are several apps.
	hosts bool
	// sources returns the source maps that excerpts are found with; nil without any.
	sources atomic.Pointer[func() []*sourcemap.Map]

	out     io.Writer
	mu      sync.Mutex // guards what follows
	changed *sync.Cond // on mu
	pending []byte
	closed  bool
	done    chan struct{} // closed when the writer, which close ends, has ended
}

// newJournal starts a journal on w.Stdout. It is to be closed.
func newJournal(w World, asJSON bool) *journal {
	j := &journal{
		json: asJSON, style: w.Stdout.style(w), now: w.Now,
		out: w.Stdout, done: make(chan struct{}),
	}
	j.changed = sync.NewCond(&j.mu)
	go j.write()
	return j
}

// write is the goroutine that writes what is pending, until close.
func (j *journal) write() {
	defer close(j.done)
	var spare []byte
	j.mu.Lock()
	defer j.mu.Unlock()
	for {
		for len(j.pending) == 0 && !j.closed {
			j.changed.Wait()
		}
		if len(j.pending) == 0 {
			return
		}
		batch := j.pending
		j.pending = spare[:0]
		j.changed.Broadcast()
		j.mu.Unlock()
		_, _ = j.out.Write(batch) // nobody is left to be told of an error
		spare = batch
		j.mu.Lock()
	}
}

// close writes what is pending and ends the journal. What comes later is dropped.
func (j *journal) close() {
	j.mu.Lock()
	j.closed = true
	j.changed.Broadcast()
	j.mu.Unlock()
	<-j.done
}

func (j *journal) append(text []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.pending) > maxPending && !j.closed {
		j.changed.Wait()
	}
	if !j.closed {
		j.pending = append(j.pending, text...)
		j.changed.Broadcast()
	}
}

// print writes text for people.
func (j *journal) print(text string) { j.append([]byte(text)) }

// object writes an object of its own line.
func (j *journal) object(value any) {
	line, err := json.Marshal(value)
	if err != nil { // only a NaN or a cycle could do that, and the values have neither
		line = []byte(`{"event":"unprintable"}`)
	}
	j.append(append(line, '\n'))
}

// stamp is how every object begins.
type stamp struct {
	Event string    `json:"event"`
	Time  time.Time `json:"time"`
}

func (j *journal) stamp(event string) stamp { return stamp{event, j.now().UTC()} }

// clock is how every line begins.
func (j *journal) clock(t time.Time) string { return j.style.paint(dim, t.Format("15:04:05")) }

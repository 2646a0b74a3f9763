package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"hedge/sourcemap"
	"hedge/telemetry"
)

// What may wait for a slow reader. Beyond that, the lines of requests are dropped and
// counted, so that a reader who has stopped does not stop the edge; what else is told
// has twice the room.
const maxPending = 4 << 20

// lastPatience is how long the end of a journal waits for its reader.
const lastPatience = 5 * time.Second

// journal is what a running server tells: a line for people or a JSON object for
// each thing that happens, in the order in which it does. Its methods may be called
// from any goroutine. What comes while a write is under way leaves with the next
// one, so that a busy server makes few writes, and an idle one makes them at once.
type journal struct {
	json   bool
	access *telemetry.Line
	lines  sync.Pool // of *[]byte: lines of requests
	style  style
	now    func() time.Time
	// hosts says that requests are shown with their host: there are several apps.
	hosts bool
	// sources returns the source maps that excerpts are found with; nil without any.
	sources atomic.Pointer[func() []*sourcemap.Map]

	out     lineWriter // the writer's own
	errors  io.Writer  // is told once that out takes nothing
	mu      sync.Mutex // guards what follows
	changed *sync.Cond // on mu
	pending []byte
	dropped uint64 // lines, since that was last told
	lost    uint64 // lines, in all
	closed  bool
	done    chan struct{} // closed when the writer, which close ends, has ended
}

// newJournal starts a journal on w.Stdout, which this process then outlives. It is to be
// closed.
func newJournal(w World, asJSON bool) *journal {
	if w.Outlive != nil {
		w.Outlive()
	}
	j := &journal{
		json: asJSON, access: telemetry.NewLine(), style: w.Stdout.style(w), now: w.Now,
		lines: sync.Pool{New: func() any { return new([]byte) }},
		out:   lineWriter{out: w.Stdout}, errors: w.Stderr, done: make(chan struct{}),
	}
	j.changed = sync.NewCond(&j.mu)
	go j.write()
	return j
}

// write is the goroutine that writes what is pending, until close.
func (j *journal) write() {
	defer close(j.done)
	var spare []byte
	failed := false
	j.mu.Lock()
	defer j.mu.Unlock()
	for {
		for len(j.pending) == 0 && !j.closed {
			j.changed.Wait()
		}
		if len(j.pending) == 0 {
			return
		}
		batch, dropped := j.pending, j.dropped
		if dropped > 0 {
			batch = append(batch, j.missing(dropped)...)
			j.dropped = 0
		}
		j.pending = spare[:0]
		j.mu.Unlock()
		lost, err := j.out.write(batch)
		if err != nil && !failed {
			failed = true
			fmt.Fprintf(j.errors, "hedge: the log cannot be written: %v; it is served without, and lines are counted as dropped\n", err)
		}
		spare = batch
		j.mu.Lock()
		if lost > 0 {
			j.unwritten(uint64(lost), dropped)
		}
	}
}

// unwritten counts the lines of a batch that could not be written. Behind them came that
// lines had been dropped before, if any had, which is then still to be told.
func (j *journal) unwritten(lines, dropped uint64) {
	if dropped > 0 {
		lines--
	}
	j.lost += lines
	j.dropped += lines + dropped
}

// missing says how many lines nobody will see, at the place where they are missing.
func (j *journal) missing(lines uint64) []byte {
	if !j.json {
		return []byte(j.clock(j.now()) + "  " + j.style.paint(yellow, fmt.Sprintf("%d lines were dropped", lines)) + ": nobody read them in time, or they could not be written\n")
	}
	line, _ := json.Marshal(struct {
		stamp
		Lines uint64 `json:"lines"`
	}{j.stamp("dropped"), lines})
	return append(line, '\n')
}

// close writes what is pending and ends the journal. What comes later is dropped, and
// what nobody reads within the patience.
func (j *journal) close() {
	j.mu.Lock()
	j.closed = true
	j.changed.Broadcast()
	j.mu.Unlock()
	select {
	case <-j.done:
	case <-time.After(lastPatience):
	}
}

// append appends a text to what is pending, if that is below a bound.
func (j *journal) append(most int, text []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.closed:
	case len(j.pending) > most:
		j.dropped++
		j.lost++
	default:
		j.pending = append(j.pending, text...)
		j.changed.Signal()
	}
}

// missed is the number of lines that the journal has lost.
func (j *journal) missed() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lost
}

// collect tells what the journal has lost.
func (j *journal) collect(s *telemetry.Sample) { s.Set(telemetry.LogDropped, float64(j.missed())) }

// print writes text for people.
func (j *journal) print(text string) {
	j.append(2*maxPending, []byte(text))
}

// object writes an object of its own line, which is as safe to show as that of a request:
// apps print what clients send.
func (j *journal) object(value any) {
	line, err := json.Marshal(value)
	if err != nil { // only a NaN or a cycle could do that, and the values have neither
		line = []byte(`{"event":"unprintable"}`)
	}
	j.append(2*maxPending, append(telemetry.AppendJSON(nil, line), '\n'))
}

// stamp is how every object begins.
type stamp struct {
	Event string    `json:"event"`
	Time  time.Time `json:"time"`
}

func (j *journal) stamp(event string) stamp { return stamp{event, j.now().UTC()} }

// clock is how every line begins.
func (j *journal) clock(t time.Time) string { return j.style.paint(dim, t.Format("15:04:05")) }

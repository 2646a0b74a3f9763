package worker

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/v8"
)

// localEngine makes isolates in this process, be it the edge's or a cordon's.
type localEngine struct {
	snapshot *v8.Snapshot
	watch    *watchdog
	spares   chan spare    // ready ones; filled by refill
	closed   chan struct{} // capacity 1: an isolate has been closed since trim looked
	demotes  bool          // whether threads are demoted that run one turn for long
	demoted  atomic.Int64  // how many threads have been, and have not ended

	ctx    context.Context // ends with close
	cancel context.CancelFunc
	work   sync.WaitGroup // refill and trim
}

// spare is a thawed isolate that belongs to no app yet.
type spare struct {
	isolate *v8.Isolate
	host    *moduleHost
}

// newLocalEngine makes an engine whose isolates are thawed from a snapshot. spares is
// how many of them are kept ready.
func newLocalEngine(snapshot *v8.Snapshot, spares int) *localEngine {
	e := &localEngine{snapshot: snapshot, watch: newWatchdog(), spares: make(chan spare, spares), closed: make(chan struct{}, 1)}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.work.Go(e.refill) // until close, as trim
	e.work.Go(e.trim)
	return e
}

// newPort returns a port to an isolate that open makes. memory is the isolate's
// limit in bytes.
func (e *localEngine) newPort(p *program, memory int64, o observer) *local {
	return &local{engine: e, program: p, memory: memory, observer: o}
}

// inProcess is where isolates live that share the edge's own process.
type inProcess struct {
	engine *localEngine
	heaps  cage
}

func (h *inProcess) newPort(s *session) (port, *traffic) {
	l := h.engine.newPort(s.app.program, s.app.limits.Memory, s)
	return l, &l.traffic
}

func (h *inProcess) cage() *cage { return &h.heaps }

func (h *inProcess) leave() {}

func (e *localEngine) newSpare(memory int64) spare {
	host := &moduleHost{}
	return spare{isolate: v8.NewIsolate(e.snapshot, memory, host), host: host}
}

// refillPause is how long the place of a spare stays empty: whoever took it starts
// an app meanwhile, and making another isolate would slow that down.
const refillPause = 5 * time.Millisecond

// refill keeps the spares ready.
func (e *localEngine) refill() {
	for e.ctx.Err() == nil && cap(e.spares) > 0 {
		s := e.newSpare(hedge.DefaultLimits().Memory)
		s.isolate.Turn(nil, time.Now(), 1) // a first turn, of nothing, touches what an app will need
		select {
		case e.spares <- s:
		case <-e.ctx.Done():
			s.isolate.Close()
			return
		}
		select {
		case <-time.After(refillPause):
		case <-e.ctx.Done():
		}
	}
}

// awaitSpare waits until there is a spare, if there are to be any.
func (e *localEngine) awaitSpare() {
	if cap(e.spares) == 0 {
		return
	}
	select {
	case s := <-e.spares:
		e.spares <- s
	case <-e.ctx.Done():
	}
}

// take returns an isolate with a memory limit, a spare one if possible.
func (e *localEngine) take(memory int64) spare {
	if memory == hedge.DefaultLimits().Memory {
		select {
		case s := <-e.spares:
			return s
		default:
		}
	}
	return e.newSpare(memory)
}

// close gives the spares back. idle says that no turn runs any more, or else the
// watchdog goes on, as there is something to watch.
func (e *localEngine) close(idle bool) {
	e.cancel()
	e.work.Wait()
	if idle {
		e.watch.close()
	}
	for {
		select {
		case s := <-e.spares:
			s.isolate.Close()
		default:
			return
		}
	}
}

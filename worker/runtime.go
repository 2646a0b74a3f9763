package worker

import (
	"context"
	"runtime"
	"sync"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/v8"
)

// Config is what a Runtime is made of. It is not changed once a Runtime has it.
type Config struct {
	// Script is the runtime's JavaScript, which goes into the snapshot.
	Script []byte
	// Modules are the features that Script has, with their ops.
	Modules []Module
	// Console gets what apps print, and the exceptions that nobody caught. It is
	// called from many goroutines, must not block for long, and must not call the
	// Runtime.
	Console func(Line)
	// Isolates is the most isolates that one app has at once.
	Isolates int
	// Spares is how many isolates are kept ready for the next app that needs one.
	Spares int
	// IdleAfter is how long an isolate is kept that answers nothing.
	IdleAfter time.Duration
	// HeapBudget bounds what the heaps of all isolates may take, in bytes. V8 ends
	// the process when they need more than 4 GiB together.
	HeapBudget int64
}

// DefaultConfig returns a configuration that lacks Script and Modules.
func DefaultConfig() Config {
	return Config{
		Console:    func(Line) {},
		Isolates:   runtime.GOMAXPROCS(0),
		Spares:     2,
		IdleAfter:  5 * time.Minute,
		HeapBudget: 2 << 30,
	}
}

// Level is the severity of a console line.
type Level uint32

// The levels of console lines.
const (
	LevelDebug Level = iota
	LevelLog
	LevelInfo
	LevelWarn
	LevelError
)

// Line is something that an app printed.
type Line struct {
	App   string
	Level Level
	// Site is where it was printed, as "file:line:column" of the source; may be empty.
	Site string
	Text string
	// Exception is set when the line is about one that nobody caught.
	Exception *hedge.Exception
	// Request is the one that the code was working for, if any.
	Request *httpmsg.Request
}

// Runtime is what the apps of one process share. Its methods may be called from
// any goroutine.
type Runtime struct {
	cfg      Config
	ops      map[uint32]Op
	snapshot *v8.Snapshot
	watch    *watchdog
	// ctx ends with the runtime; ops that belong to no request run under it.
	ctx    context.Context
	cancel context.CancelFunc
	spares chan spare // capacity cfg.Spares; filled by refill

	work sync.WaitGroup // the goroutines of the runtime itself

	mu   sync.Mutex // guards apps
	apps map[*App]struct{}
}

// spare is a thawed isolate that belongs to no app yet.
type spare struct {
	isolate *v8.Isolate
	host    *moduleHost
}

// New starts a Runtime: it runs Script and freezes the result, which takes some
// tens of milliseconds. Close ends it.
func New(cfg Config) (*Runtime, error) {
	snapshot, err := v8.NewSnapshot("hedge:runtime", cfg.Script)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	rt := &Runtime{
		cfg: cfg, ops: map[uint32]Op{}, snapshot: snapshot, watch: newWatchdog(),
		ctx: ctx, cancel: cancel,
		spares: make(chan spare, cfg.Spares),
		apps:   map[*App]struct{}{},
	}
	for _, m := range cfg.Modules {
		for _, op := range m.Ops {
			rt.ops[op.Code] = op
		}
	}
	rt.background(rt.refill)
	rt.background(rt.retireIdle)
	return rt, nil
}

// background runs fn in a goroutine that Close waits for.
func (rt *Runtime) background(fn func()) {
	rt.work.Add(1)
	go func() {
		defer rt.work.Done()
		fn()
	}()
}

// Close ends all apps and the runtime. Nothing of it may be used afterwards.
func (rt *Runtime) Close() {
	rt.cancel()
	rt.work.Wait()
	for _, app := range rt.list() {
		app.Close()
	}
	close(rt.spares)
	for s := range rt.spares {
		s.isolate.Close()
	}
	rt.watch.close()
}

func (rt *Runtime) list() []*App {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	list := make([]*App, 0, len(rt.apps))
	for app := range rt.apps {
		list = append(list, app)
	}
	return list
}

func (rt *Runtime) newSpare(memory int64) spare {
	host := &moduleHost{}
	return spare{isolate: v8.NewIsolate(rt.snapshot, memory, host), host: host}
}

// refill keeps the spares ready until the runtime closes.
func (rt *Runtime) refill() {
	for rt.ctx.Err() == nil && rt.cfg.Spares > 0 {
		s := rt.newSpare(hedge.DefaultLimits().Memory)
		select {
		case rt.spares <- s:
		case <-rt.ctx.Done():
			s.isolate.Close()
		}
	}
}

// takeIsolate returns an isolate with a memory limit, a spare one if possible.
func (rt *Runtime) takeIsolate(memory int64) spare {
	if memory == hedge.DefaultLimits().Memory {
		select {
		case s := <-rt.spares:
			return s
		default:
		}
	}
	return rt.newSpare(memory)
}

// retireIdle closes isolates that have not been used for a while, until the
// runtime closes. Their apps start cold the next time.
func (rt *Runtime) retireIdle() {
	ticker := time.NewTicker(max(rt.cfg.IdleAfter/4, time.Second))
	defer ticker.Stop()
	for {
		select {
		case <-rt.ctx.Done():
			return
		case now := <-ticker.C:
			rt.Retire(now.Add(-rt.cfg.IdleAfter))
		}
	}
}

// Retire closes the isolates that have answered nothing since before.
func (rt *Runtime) Retire(before time.Time) {
	for _, app := range rt.list() {
		for _, s := range app.snapshotSessions() {
			if s.idleSince(before) {
				s.condemn()
			}
		}
	}
}

// Stats is the state of a Runtime at one moment.
type Stats struct {
	Apps     int
	Isolates int
	// HeapBytes is what V8 has committed for the heaps.
	HeapBytes int64
}

// Stats counts what there is.
func (rt *Runtime) Stats() Stats {
	var stats Stats
	for _, app := range rt.list() {
		stats.Apps++
		for _, s := range app.snapshotSessions() {
			stats.Isolates++
			stats.HeapBytes += s.heap()
		}
	}
	return stats
}

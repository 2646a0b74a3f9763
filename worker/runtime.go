package worker

import (
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/serving"
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
	// ConsoleLines and ConsoleBytes are what an app may print a second, and at once;
	// the rest is dropped, and Console is told how many lines that were.
	ConsoleLines, ConsoleBytes int
	// Hints has the runtime say, as warnings and each once, what an app does in vain: it is
	// for who develops the app.
	Hints bool
	// Isolates is the most isolates that one app has at once.
	Isolates int
	// Spares is how many isolates are kept ready for the next app that needs one.
	Spares int
	// IdleAfter is how long an isolate is kept that answers nothing.
	IdleAfter time.Duration
	// Cordons keeps isolates in child processes; nil keeps them in this one.
	Cordons *Cordons
	// Notice gets what an operator wants to know of cordons, as Console does.
	Notice func(Notice)
	// HeapBudget bounds what the heaps of all isolates may take, in bytes. V8 ends
	// the process when they need more than 4 GiB together.
	HeapBudget int64
}

// DefaultConfig returns a configuration that lacks Script and Modules.
func DefaultConfig() Config {
	return Config{
		Console:      func(Line) {},
		ConsoleLines: 256,
		ConsoleBytes: 64 << 10,
		Notice:       func(Notice) {},
		Isolates:     runtime.GOMAXPROCS(0),
		Spares:       2,
		IdleAfter:    5 * time.Minute,
		HeapBudget:   2 << 30,
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
	levelHint    // of a line that becomes a warning, or is left out: see Config.Hints
	levelDropped // of a line beyond what JavaScript hands over in a turn, which has no text
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
	cfg Config
	ops map[uint32]Op
	// One of the two is nil.
	here    *inProcess
	cordons *cordons
	// life ends with the runtime; ops that belong to no request run under it.
	life serving.Lifetime
	// timers are stopped *time.Timers of requests that wait for their answers: to wait
	// takes no memory then.
	timers sync.Pool

	// computing bounds what the host computes for all apps at the same time.
	computing places

	work  sync.WaitGroup // the goroutines of the runtime itself
	alive sync.WaitGroup // isolates of apps

	evictions atomic.Uint64

	mu       sync.Mutex // guards what follows; no other lock is taken while it is held
	apps     map[*App]struct{}
	sessions map[*session]struct{} // whose isolates are there, or about to be
	closed   bool
}

// New starts a Runtime: it runs Script and freezes the result, which takes some
// tens of milliseconds. Close ends it.
func New(cfg Config) (*Runtime, error) {
	rt := &Runtime{
		cfg: cfg, ops: map[uint32]Op{},
		timers:    sync.Pool{New: newTimer},
		computing: newPlaces(runtime.GOMAXPROCS(0) - 1),
		apps:      map[*App]struct{}{}, sessions: map[*session]struct{}{},
	}
	if cfg.Cordons != nil {
		var err error
		if rt.cordons, err = newCordons(&rt.cfg); err != nil {
			return nil, err
		}
	} else {
		snapshot, err := v8.NewSnapshot(runtimeFile, cfg.Script)
		if err != nil {
			return nil, err
		}
		rt.here = &inProcess{newLocalEngine(snapshot, cfg.Spares), cage{least: cfg.HeapBudget, most: cfg.HeapBudget}}
	}
	for _, m := range cfg.Modules {
		for _, op := range m.Ops {
			rt.ops[op.Code] = op
		}
	}
	rt.background(rt.retireIdle)
	return rt, nil
}

// background runs fn in a goroutine that Close waits for; false when the runtime
// has been closed.
func (rt *Runtime) background(fn func()) bool {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if rt.closed {
		return false
	}
	rt.work.Go(fn)
	return true
}

// closeWait bounds how long Close waits for turns that do not end: V8 has functions
// that nothing can interrupt.
const closeWait = 5 * time.Second

// Close ends all apps and the runtime, of which nothing may be used afterwards. It
// returns when all isolates are gone. A second call does nothing.
func (rt *Runtime) Close() {
	rt.mu.Lock()
	again := rt.closed
	rt.closed = true
	rt.mu.Unlock()
	if again {
		return
	}
	rt.life.End()
	for _, app := range rt.listApps() {
		app.Close()
	}
	for _, s := range rt.listSessions() {
		s.close(0, nil) // those that were being started
	}
	ended := make(chan struct{})
	go func() {
		rt.work.Wait()
		rt.alive.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		rt.closeHomes(true)
	case <-time.After(closeWait):
		rt.closeHomes(false)
	}
}

func (rt *Runtime) closeHomes(idle bool) {
	if rt.cordons != nil {
		rt.cordons.close()
	} else {
		rt.here.engine.close(idle)
	}
}

// homeOf returns where the isolates of an app live at present. leave gives it back.
func (rt *Runtime) homeOf(a *App) (home, error) {
	if rt.cordons == nil {
		return rt.here, nil
	}
	c, err := rt.cordons.enter(a)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// isShared reports whether several apps have isolates in a cordon.
func (rt *Runtime) isShared(c *cordon) bool {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	var first *App
	for s := range rt.sessions {
		if s.home.cage() != &c.heaps {
			continue
		}
		if first != nil && first != s.app {
			return true
		}
		first = s.app
	}
	return false
}

func (rt *Runtime) listApps() []*App {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return slices.Collect(maps.Keys(rt.apps))
}

func (rt *Runtime) listSessions() []*session {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return slices.Collect(maps.Keys(rt.sessions))
}

// retireIdle closes isolates that have not been used for a while, until the
// runtime closes. Their apps start cold the next time.
func (rt *Runtime) retireIdle() {
	ticker := time.NewTicker(max(rt.cfg.IdleAfter/4, time.Second))
	defer ticker.Stop()
	for {
		select {
		case <-rt.life.Done():
			return
		case now := <-ticker.C:
			rt.Retire(now.Add(-rt.cfg.IdleAfter))
			if rt.cordons != nil {
				rt.cordons.retire()
			}
		}
	}
}

// Retire closes the isolates that have answered nothing since before.
func (rt *Runtime) Retire(before time.Time) {
	for _, s := range rt.listSessions() {
		if s.used.Load() < before.UnixNano() && s.isIdle() {
			s.condemn()
		}
	}
}

// Stats is the state of a Runtime at one moment.
type Stats struct {
	Apps int
	// Isolates counts those of apps, including those that are starting or ending.
	Isolates int
	// HeapBytes is what V8 has committed for the heaps.
	HeapBytes int64
	// Evictions counts the isolates that had to make room for others.
	Evictions uint64
	// Cordons is the number of processes that apps live in.
	Cordons int
	// CordonsEnded counts those that ended against our will, and CordonsKilled those of
	// them that we had to kill for what code in them did.
	CordonsEnded, CordonsKilled uint64
}

// Stats counts what there is.
func (rt *Runtime) Stats() Stats {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	use := rt.heapsLocked(nil)
	s := Stats{Apps: len(rt.apps), Isolates: use.isolates, HeapBytes: use.bytes, Evictions: rt.evictions.Load()}
	if rt.cordons != nil {
		s.Cordons, s.CordonsEnded, s.CordonsKilled = rt.cordons.count(), rt.cordons.ended.Load(), rt.cordons.killed.Load()
	}
	return s
}

package worker

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/child"
)

// CordonRole is what a child process does that is a cordon, under the name of its
// role. script is Config.Script, the same in parent and child.
func CordonRole(script []byte) (name string, role child.Role) {
	return roleName, func(self *child.Self) error {
		if self.Args == freezeArg {
			return serveSnapshot(self, script)
		}
		return serveCells(self, script)
	}
}

const roleName = "cordon"

// Cordons says how isolates are kept in child processes, which are confined: what
// ends one of them, or takes it over, does so to the apps of one cordon alone. The
// program has to have CordonRole.
type Cordons struct {
	// Group names the cordon that an app lives in; nil gives each app one of its own.
	Group func(*hedge.Release) string
	// Memory is what one process may have in memory, in bytes; what has more is killed. Where
	// limits.memory of the isolates in it come to more than three quarters of that, it may
	// have so much more.
	Memory int64
	// Spares is how many processes are kept ready, at least 1.
	Spares int
	// Confined gets, once, what holds the processes on this machine. It may be nil.
	Confined func(child.Report)
}

// DefaultCordons returns a configuration that gives each app a cordon of its own.
func DefaultCordons() *Cordons {
	return &Cordons{Memory: 1 << 30, Spares: 2}
}

// Notice is something that an operator wants to know of cordons.
type Notice struct {
	Level  Level
	Cordon string   // its name; empty if the notice is about all of them
	PID    int      // of the process that has ended, or 0
	Apps   []string // that it concerns
	Text   string
}

// cordons are the child processes of a Runtime.
type cordons struct {
	cfg     Cordons
	runtime *Config
	pool    *child.Pool
	frozen  *os.File // the snapshot that all processes share
	watch   *watchdog
	ctx     context.Context // ends with close

	cancel   context.CancelFunc
	reported sync.Once // what the kernel grants

	ended, killed atomic.Uint64 // processes, against our will

	mu     sync.Mutex // guards what follows
	open   map[string]*cordon
	record map[string]*conduct // by the name of the app
}

func newCordons(cfg *Config) (*cordons, error) {
	frozen, err := freeze()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	set := &cordons{
		cfg: *cfg.Cordons, runtime: cfg, frozen: frozen, watch: newWatchdog(), ctx: ctx, cancel: cancel,
		open: map[string]*cordon{}, record: map[string]*conduct{},
	}
	set.pool = child.NewPool(child.PoolOptions{
		Size: cfg.Cordons.Spares,
		Command: child.Command{
			Role:  roleName,
			Args:  strconv.Itoa(cfg.Spares),
			Files: []*os.File{frozen},
			Env: []string{
				"GOMAXPROCS=" + strconv.Itoa(runtime.GOMAXPROCS(0)),
				"GOGC=200", // what Go has in there is small: records on their way; it is collected at 8 MiB
			},
		},
	})
	return set, nil
}

// newCage bounds the heaps of one process: to less than its memory, so that idle isolates
// make room before the process has to be killed.
func (set *cordons) newCage() cage {
	return cage{least: min(set.isolates(), set.runtime.HeapBudget), most: set.runtime.HeapBudget}
}

// isolates is the part of Memory that isolates have; the rest is for what no limit of an
// app counts: the program, compiled code, and garbage.
func (set *cordons) isolates() int64 { return set.cfg.Memory * 3 / 4 }

// ceiling is what a process may have in memory whose isolates may have so many bytes.
func (set *cordons) ceiling(limits int64) int64 {
	return set.cfg.Memory + max(limits-set.isolates(), 0)
}

// enter returns the cordon of an app, which leave is the counterpart of.
func (set *cordons) enter(a *App) (*cordon, error) {
	set.mu.Lock()
	defer set.mu.Unlock()
	if set.ctx.Err() != nil {
		return nil, closedError()
	}
	conduct := set.conductOf(a.release)
	if conduct.quarantine != nil {
		return nil, conduct.quarantine
	}
	name := set.group(a.release, conduct)
	c := set.open[name]
	if c == nil {
		c = newCordon(set, name)
		set.open[name] = c
	}
	c.users++
	return c, nil
}

// group names the cordon of a release. mu is held.
func (set *cordons) group(release *hedge.Release, of *conduct) string {
	switch {
	case of.apart:
		return release.Name + " (apart)"
	case set.cfg.Group != nil:
		return set.cfg.Group(release)
	}
	return release.Name
}

func (set *cordons) leave(c *cordon) {
	set.mu.Lock()
	defer set.mu.Unlock()
	c.users--
}

// count returns the number of cordons.
func (set *cordons) count() int {
	set.mu.Lock()
	defer set.mu.Unlock()
	return len(set.open)
}

// retire ends the processes that nothing lives in any more.
func (set *cordons) retire() {
	set.mu.Lock()
	var idle []*cordon
	for name, c := range set.open {
		if c.users == 0 {
			idle = append(idle, c)
			delete(set.open, name)
		}
	}
	set.mu.Unlock()
	for _, c := range idle {
		c.supervisor.Close()
	}
}

// isClosing reports whether a cordon is being ended, rather than having ended.
func (set *cordons) isClosing(c *cordon) bool {
	set.mu.Lock()
	defer set.mu.Unlock()
	return set.ctx.Err() != nil || set.open[c.name] != c
}

// close ends all processes.
func (set *cordons) close() {
	set.cancel()
	set.mu.Lock()
	open := set.open
	set.open = map[string]*cordon{}
	set.mu.Unlock()
	var ended sync.WaitGroup
	for _, c := range open {
		ended.Go(c.supervisor.Close)
	}
	ended.Wait()
	set.pool.Close()
	set.watch.close()
	_ = set.frozen.Close() // it was read only
}

func (set *cordons) tell(n Notice) { set.runtime.Notice(n) }

// reportConfinement says once what this machine's kernel grants, and what not.
func (set *cordons) reportConfinement(r child.Report) {
	set.reported.Do(func() {
		if set.cfg.Confined != nil {
			set.cfg.Confined(r)
		}
		if len(r.Refused()) > 0 {
			set.tell(Notice{Level: LevelWarn, Text: "apps are confined by " + r.String()})
		}
	})
}

// tellEnd tells the operator that a process has ended, and judges the apps that were
// at work in it.
func (set *cordons) tellEnd(c *cordon, exit child.Exit, v *verdict, suspects map[uint32]suspect) {
	if set.isClosing(c) {
		return
	}
	set.ended.Add(1)
	if v != nil {
		set.killed.Add(1)
	}
	n := Notice{Level: LevelError, Cordon: c.name, PID: exit.PID, Text: fmt.Sprintf("%v %v", c, exit)}
	apps := map[*App]string{}
	for _, s := range suspects {
		if _, known := apps[s.app]; !known || s.request != "" {
			apps[s.app] = s.request
		}
	}
	for app, request := range apps {
		n.Apps = append(n.Apps, app.release.Name)
		n.Text += fmt.Sprintf("; at work was the app %q", app.release.Name)
		if request != "" {
			n.Text += " for " + request
		}
	}
	set.tell(n)
	for app, request := range apps {
		if len(apps) > 1 {
			set.separate(app, c, "it was at work, as others were, when the process ended")
			continue
		}
		if v == nil || v.outcome == hedge.OutcomeCordonLost {
			set.crashed(app, exit, request)
		} else {
			set.exceeded(app)
		}
	}
}

// conduct is what is remembered of an app, for as long as the node runs.
type conduct struct {
	release    string       // the ID that the rest is about, but for apart
	crashes    tally        // of the process, by the release alone
	exceeded   tally        // limits that cost an isolate
	apart      bool         // it has a cordon of its own, whatever Group says
	quarantine *hedge.Error // nil while it is in service
}

// The bounds of good conduct.
const (
	mostCrashes   = 3
	mostExceeded  = 5
	conductWindow = time.Minute
)

// conductOf returns what is remembered of a release; a new one of the same app
// begins anew. mu is held.
func (set *cordons) conductOf(release *hedge.Release) *conduct {
	of := set.record[release.Name]
	if of == nil {
		of = &conduct{}
		set.record[release.Name] = of
	}
	if of.release != release.ID {
		*of = conduct{release: release.ID, apart: of.apart}
	}
	return of
}

// crashed counts a fatal error of an app's process, and puts the release into
// quarantine after too many.
func (set *cordons) crashed(a *App, exit child.Exit, request string) {
	set.mu.Lock()
	of := set.conductOf(a.release)
	tooMany := of.crashes.add(exit.At, mostCrashes) && of.quarantine == nil
	if tooMany {
		of.quarantine = hedge.Errorf(hedge.OutcomeQuarantined,
			"the app %q is in quarantine: it ended its process %d times within %v (%v); deploy a release that does not", a.release.Name, mostCrashes, conductWindow, exit)
	}
	set.mu.Unlock()
	if !tooMany {
		return
	}
	text := fmt.Sprintf("the release %s of the app %q is in quarantine: it ended its process %d times within %v", shortID(a.release.ID), a.release.Name, mostCrashes, conductWindow)
	if request != "" {
		text += "; the last request was " + request
	}
	set.tell(Notice{Level: LevelError, Apps: []string{a.release.Name}, Text: text + "; it answers 503 until another release is deployed"})
}

// exceeded counts a limit that cost an app an isolate or its process. An app that
// does so again and again gets a cordon of its own.
func (set *cordons) exceeded(a *App) {
	set.mu.Lock()
	tooMany := set.conductOf(a.release).exceeded.add(time.Now(), mostExceeded)
	c := set.open[set.group(a.release, set.conductOf(a.release))]
	set.mu.Unlock()
	if tooMany && c != nil {
		set.separate(a, c, fmt.Sprintf("it ran into its limits %d times within %v", mostExceeded, conductWindow))
	}
}

// separate gives an app a cordon of its own, if it shares one.
func (set *cordons) separate(a *App, from *cordon, why string) {
	if !a.runtime.isShared(from) {
		return
	}
	set.mu.Lock()
	of := set.conductOf(a.release)
	again := of.apart
	of.apart = true
	set.mu.Unlock()
	if again {
		return
	}
	set.tell(Notice{
		Level: LevelWarn, Cordon: from.name, Apps: []string{a.release.Name},
		Text: fmt.Sprintf("the app %q leaves %v for one of its own: %s", a.release.Name, from, why),
	})
	a.condemnAll()
}

// tally counts events of the last minute.
type tally struct{ at []time.Time }

// add counts an event, and reports whether it is one too many.
func (t *tally) add(now time.Time, most int) bool {
	recent := t.at[:0]
	for _, at := range t.at {
		if now.Sub(at) < conductWindow {
			recent = append(recent, at)
		}
	}
	t.at = append(recent, now)
	if len(t.at) < most {
		return false
	}
	t.at = t.at[:0]
	return true
}

func shortID(id string) string { return strings.TrimSpace(id[:min(len(id), 12)]) }

package worker_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

// Calls that nothing within a process can contain.
const (
	fatal = `"x".repeat(2e8).match(/x/g);`                   // V8 ends its process
	stuck = `JSON.parse("[".repeat(5e6) + "]".repeat(5e6));` // goes on for seconds after its termination
)

// notices collects what a runtime tells its operator.
type notices struct {
	mu   sync.Mutex
	list []worker.Notice
}

func (n *notices) add(notice worker.Notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, notice)
}

// mention reports whether one of them has all the words.
func (n *notices) mention(words ...string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, notice := range n.list {
		has := true
		for _, word := range words {
			has = has && strings.Contains(fmt.Sprintf("%+v", notice), word)
		}
		if has {
			return true
		}
	}
	return false
}

// inCordons makes a fixture whose isolates live in cordons, whatever the others do.
func inCordons(t *testing.T, configure func(*worker.Config)) (*jsapitest.Fixture, *notices) {
	f, n := jsapitest.New(t), &notices{}
	f.Configure = func(cfg *worker.Config) {
		cfg.Cordons, cfg.Notice = worker.DefaultCordons(), n.add
		if configure != nil {
			configure(cfg)
		}
	}
	return f, n
}

// named loads an app of a name.
func named(f *jsapitest.Fixture, name, body string) *worker.App {
	f.Helper()
	release := f.Release(jsapitest.Handler(body))
	release.Name, release.ID = name, name+"-1"
	app, err := f.Runtime.Load(context.Background(), release)
	if err != nil {
		f.Fatal(err)
	}
	return app
}

// A fatal error of V8 costs the requests of its own cordon, and no other.
func TestFatalErrorInACordon(t *testing.T) {
	f, told := inCordons(t, nil)
	f.Limits.CPU, f.Limits.Wall = 20*time.Second, time.Hour // or it would be killed before it comes to that
	f.Start()
	app := named(f, "broken", `if (request.url.endsWith("/crash")) `+fatal+` return new Response("fine");`)
	neighbour := named(f, "neighbour", `return new Response("fine");`)
	crashed := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			jsapitest.Want(t, neighbour, jsapitest.Post("/", ""), "fine")
			select {
			case <-crashed:
				return
			default:
			}
		}
	})
	status, message, outcome := jsapitest.Do(t, app, jsapitest.Post("/crash", "x"))
	if outcome != hedge.OutcomeCordonLost || !strings.Contains(message, "crashed") {
		t.Errorf("%d %s: %s", status, outcome, message)
	}
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "fine")
	close(crashed)
	wg.Wait()
	if !told.mention("broken", "POST http://test.example/crash", "Fatal JavaScript") {
		t.Errorf("%+v", told.list)
	}
}

// What does not end at its limit ends with its process. Others who were in there are
// run again if they can be.
func TestStuckTurnIsKilled(t *testing.T) {
	f, told := inCordons(t, func(cfg *worker.Config) { cfg.Isolates = 2 })
	g := newGate()
	f.Client = g
	f.Start()
	app := named(f, "stuck", `if (request.url.endsWith("/stuck")) `+stuck+` return fetch("http://gate/");`)
	var wg sync.WaitGroup
	// They are in both isolates: who is told first must not go to the other of the two.
	for range 10 {
		wg.Go(func() { jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "open") })
		<-g.arrived
	}
	wg.Go(func() {
		if _, message, outcome := jsapitest.Do(t, app, jsapitest.Post("/", "x")); outcome != hedge.OutcomeCordonLost {
			t.Errorf("POST: %s: %s", outcome, message)
		}
	})
	<-g.arrived
	req := jsapitest.Request("GET", "/stuck")
	req.Account = &hedge.Account{}
	if _, message, outcome := jsapitest.Do(t, app, req); outcome != hedge.OutcomeExceededCPU {
		t.Errorf("%s: %s", outcome, message)
	}
	if cpu := req.Account.Snapshot().CPU; cpu <= f.Limits.CPU {
		t.Errorf("what killed the process has used %v", cpu)
	}
	close(g.open)
	wg.Wait()
	if !told.mention("stuck", "GET http://test.example/stuck", "did not end at the limit") {
		t.Errorf("%+v", told.list)
	}
}

// Who loads an app that has to be killed is told of the limit that it is about.
func TestStuckStartIsKilled(t *testing.T) {
	f, _ := inCordons(t, nil)
	f.Limits.StartupCPU = time.Millisecond
	f.Start()
	_, err := f.Runtime.Load(t.Context(), f.Release(stuck+` export default { fetch() { return new Response("late") } };`))
	if hedge.OutcomeOf(err) != hedge.OutcomeExceededCPU || !strings.Contains(err.Error(), "had to be killed") || !strings.Contains(err.Error(), "limits.startup_cpu") {
		t.Errorf("%v", err)
	}
}

// A process that has more memory than it may is killed, as by formatters, whose memory
// V8 counts to nobody.
func TestMemoryOfACordon(t *testing.T) {
	f, told := inCordons(t, func(cfg *worker.Config) { cfg.Cordons.Memory = 300 << 20 })
	f.Limits.Memory, f.Limits.CPU, f.Limits.Wall = 64<<20, time.Minute, time.Hour
	f.Start()
	app := named(f, "large", `const l = []; if (request.method === "POST") for (;;) l.push(new Intl.DateTimeFormat()); return new Response("fine");`)
	if _, message, outcome := jsapitest.Do(t, app, jsapitest.Post("/", "x")); outcome != hedge.OutcomeExceededMemory {
		t.Errorf("%s: %s", outcome, message)
	}
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "fine")
	if !told.mention("large", "MiB in memory, of 300") {
		t.Errorf("%+v", told.list)
	}
}

// Apps that are within their limits are not killed, whatever those come to in one process.
func TestLimitsBeyondTheMemoryOfACordon(t *testing.T) {
	const fill = `if (request.method === "POST") { globalThis.held = new Uint8Array(300 << 20).fill(1); for (let i = 0; i < 3e8; i++); }
		return new Response("fine " + (globalThis.held?.length >> 20));`
	for name, apps := range map[string][]string{"one app": {"large"}, "two apps": {"first", "second"}} {
		t.Run(name, func(t *testing.T) {
			f, told := inCordons(t, func(cfg *worker.Config) {
				cfg.Isolates, cfg.Cordons.Memory = 1, 256<<20
				cfg.Cordons.Group = func(*hedge.Release) string { return "shared" }
			})
			f.Limits.Memory, f.Limits.CPU, f.Limits.Wall = 512<<20, time.Minute, time.Hour
			f.Start()
			var loaded []*worker.App
			for _, name := range apps {
				loaded = append(loaded, named(f, name, fill))
			}
			for _, app := range loaded {
				jsapitest.Want(t, app, jsapitest.Post("/", "x"), "fine 300")
			}
			for _, app := range loaded {
				jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "fine 300")
			}
			if told.mention("MiB in memory") {
				t.Errorf("%+v", told.list)
			}
		})
	}
}

// A release that ends its process again and again goes out of service, until there
// is another one.
func TestQuarantine(t *testing.T) {
	f, told := inCordons(t, nil)
	f.Limits.CPU, f.Limits.Wall = 20*time.Second, time.Hour
	f.Start()
	app := named(f, "broken", `if (request.method === "POST") `+fatal+` return new Response("fine");`)
	for range 3 {
		if _, message, outcome := jsapitest.Do(t, app, jsapitest.Post("/", "x")); outcome != hedge.OutcomeCordonLost {
			t.Fatalf("%s: %s", outcome, message)
		}
	}
	_, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/"))
	if outcome != hedge.OutcomeQuarantined || !strings.Contains(message, "3 times") {
		t.Errorf("%s: %s", outcome, message)
	}
	if !told.mention("quarantine", "broken", "POST http://test.example/") {
		t.Errorf("%+v", told.list)
	}
	mended := f.Release(jsapitest.Handler(`return new Response("mended");`))
	mended.Name, mended.ID = "broken", "broken-2"
	next, err := f.Runtime.Load(context.Background(), mended)
	if err != nil {
		t.Fatal(err)
	}
	jsapitest.Want(t, next, jsapitest.Request("GET", "/"), "mended")
}

// An app that keeps running into its limits leaves those that it shares a cordon with.
func TestLimitBreakerIsSetApart(t *testing.T) {
	f, told := inCordons(t, func(cfg *worker.Config) {
		cfg.Cordons.Group = func(*hedge.Release) string { return "shared" }
	})
	f.Start()
	neighbour := named(f, "neighbour", `return new Response("fine");`)
	app := named(f, "breaker", `if (request.method === "POST") for (;;); return new Response("fine");`)
	for range 5 {
		if _, message, outcome := jsapitest.Do(t, app, jsapitest.Post("/", "x")); outcome != hedge.OutcomeExceededCPU {
			t.Fatalf("%s: %s", outcome, message)
		}
	}
	if !told.mention("breaker", "leaves the cordon", "limits 5 times") {
		t.Errorf("%+v", told.list)
	}
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "fine")
	jsapitest.Want(t, neighbour, jsapitest.Request("GET", "/"), "fine")
}

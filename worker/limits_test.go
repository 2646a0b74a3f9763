package worker_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

func asError(err error, target **hedge.Error) bool { return errors.As(err, target) }

func TestLimits(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.WaitUntil = 50 * time.Millisecond
	f.Limits.Memory = 64 << 20
	f.Limits.ResponseBytes = 1000
	f.Limits.Subrequests = 2
	f.Client = httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return httpmsg.Text(200, ""), nil
	})
	f.Start()
	for _, test := range []struct {
		name, body string
		outcome    hedge.Outcome
	}{
		{"endless loop", `for (;;);`, hedge.OutcomeExceededCPU},
		{"endless microtasks", `const again = () => Promise.resolve().then(again); await again();`, hedge.OutcomeExceededCPU},
		{"backtracking", `/^(a+)+$/.test("a".repeat(40) + "b");`, hedge.OutcomeExceededCPU},
		{"loop in a timer", `await new Promise(() => setTimeout(() => { for (;;); }, 1));`, hedge.OutcomeExceededCPU},
		{"array growth", `const a = []; for (;;) a.push(new Array(1000).fill("x"));`, hedge.OutcomeExceededMemory},
		{"array buffers", `const a = []; for (;;) a.push(new ArrayBuffer(1 << 24));`, hedge.OutcomeExceededMemory},
		{"2 GiB at once", `new ArrayBuffer(2 ** 31);`, hedge.OutcomeExceededMemory},
		{"string growth", `let s = "x".repeat(1000), a = []; for (;;) a.push((s + a.length).split(""));`, hedge.OutcomeExceededMemory},
		{"wall time", `await new Promise((r) => setTimeout(r, 100000));`, hedge.OutcomeExceededWall},
		{"fetches", `for (;;) await fetch("http://origin/");`, hedge.OutcomeExceededFetches},
		{"fetches, rethrown", `try { for (;;) await fetch("http://origin/"); } catch { throw new Error("of its own"); }`, hedge.OutcomeExceededFetches},
		{"whole response", `return new Response("x".repeat(1001));`, hedge.OutcomeExceededSize},
		{"response size", `return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(300)) } }));`, hedge.OutcomeExceededSize},
	} {
		t.Run(test.name, func(t *testing.T) {
			if strings.Contains(test.name, "growth") || strings.Contains(test.name, "buffers") {
				f.Limits.CPU, f.Limits.Wall = 20*time.Second, 20*time.Second
			} else {
				f.Limits.CPU, f.Limits.Wall = 50*time.Millisecond, 20*time.Second
			}
			if test.name == "wall time" {
				f.Limits.Wall = 200 * time.Millisecond
			}
			app := f.App("export default { async fetch(request) { if (request.url.endsWith('/fine')) return new Response('fine');\n" + test.body + "\n} }")
			req := jsapitest.Request("GET", "/")
			_, message, outcome := jsapitest.Do(t, app, req)
			if outcome != test.outcome {
				t.Errorf("%s: %s; want %s", outcome, message, test.outcome)
			}
			if got := req.Account.Snapshot().Outcome; got != test.outcome {
				t.Errorf("the account says %q", got)
			}
			jsapitest.Want(t, app, jsapitest.Request("GET", "/fine"), "fine")
		})
	}
}

// An app that goes too far while it loads is told which limit it was, once.
func TestLimitsAtStart(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.StartupCPU = 100 * time.Millisecond
	f.Limits.Memory = 64 << 20
	f.Start()
	for _, test := range []struct {
		name, source, limit string
		outcome             hedge.Outcome
	}{
		{"endless loop", `for (;;);`, "limits.startup_cpu", hedge.OutcomeExceededCPU},
		{"array buffers", `const a = []; for (;;) a.push(new ArrayBuffer(1 << 24));`, "limits.memory", hedge.OutcomeExceededMemory},
		{"many short turns", `for (;;) { await new Promise((done) => setTimeout(done)); for (let i = 0; i < 1e6; i++); }`, "limits.startup_cpu", hedge.OutcomeExceededCPU},
		{"deep source", strings.Repeat("(", 5e6), "", hedge.OutcomeStartupFailed},
		{"code from strings", `new Function("return 1");`, "disallowed", hedge.OutcomeStartupFailed},
		{"WebAssembly compiled on and on", wasmBomb + `for (;;) new WebAssembly.Module(bytes);`, "limits.startup_cpu", hedge.OutcomeExceededCPU},
		{"WebAssembly compiled in promises", wasmBomb + `for (;;) await WebAssembly.compile(bytes);`, "limits.startup_cpu", hedge.OutcomeExceededCPU},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := f.Runtime.Load(t.Context(), f.Release(test.source))
			if hedge.OutcomeOf(err) != test.outcome || !strings.Contains(err.Error(), test.limit) {
				t.Errorf("%v; want %s and %s", err, test.outcome, test.limit)
			}
			if text := f.Console.Text(); text != "" {
				t.Errorf("it is told twice: %s", text)
			}
		})
	}
}

// wasmBomb makes the bytes of a module whose function has a million instructions.
const wasmBomb = `
const size = 2e6, leb = (n) => { const out = []; do { out.push(n & 127 | (n > 127 ? 128 : 0)); n >>= 7; } while (n); return out; };
const rest = new Uint8Array(size);
for (let i = 0; i < size; i += 3) rest.set([0x41, 0, 0x1a].slice(0, size - i), i);
rest[size - 2] = 0x01; rest[size - 1] = 0x0b;
const fn = [...leb(1 + size), 0], section = [1, ...fn];
const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, ...leb(section.length + size), ...section].concat(Array.from(rest)));
`

// What loading takes is counted also where V8 does not end it.
func TestStartupThatIsNotInterrupted(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.StartupCPU = time.Millisecond
	f.Start()
	_, err := f.Runtime.Load(t.Context(), f.Release(`"x".repeat(1e7).toUpperCase().normalize("NFD").toLowerCase(); export default { fetch() { return new Response("late") } };`))
	if hedge.OutcomeOf(err) != hedge.OutcomeExceededCPU || !strings.Contains(err.Error(), "limits.startup_cpu") {
		t.Errorf("%v", err)
	}
}

// What waitUntil was given ends at its limit, with all that it holds.
func TestWaitUntilThatNeverEnds(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.WaitUntil = 20 * time.Millisecond
	bodies := &ledger{}
	f.Client = httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{Status: 200, Body: bodies.endless(), ContentLength: -1}, nil
	})
	f.Start()
	for name, forever := range map[string]string{
		"body":   `ctx.waitUntil((async () => (await fetch("http://o/")).text())());`,
		"unread": `const open = await fetch("http://o/"); ctx.waitUntil(new Promise(() => setInterval(() => open, 1)));`,
		"timers": `ctx.waitUntil((async () => { for (;;) await new Promise((done) => setTimeout(done, 1)); })());`,
	} {
		t.Run(name, func(t *testing.T) {
			app := f.App(jsapitest.Handler(forever + `return new Response("done");`))
			jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "done")
			app.Drain() // the isolate goes when its last request has ended
			jsapitest.Eventually(t, "the isolate is gone", func() bool { return f.Runtime.Stats().Isolates == 0 })
			bodies.awaitBalance(t)
			awaitCutShort(t, f, "exceeded-wall", "limits.wait_until")
		})
	}
}

// The first request of an isolate is the slowest: whoever meets the limit there is told so.
func TestFirstRequestAtTheLimit(t *testing.T) {
	f := jsapitest.New(t)
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Start()
	app := f.App(jsapitest.Handler(`if (request.url.endsWith("/loop")) for (;;); return new Response("answered");`))
	const advice = "it was the first of its isolate"
	if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/loop")); outcome != hedge.OutcomeExceededCPU || !strings.Contains(message, advice) {
		t.Errorf("the first: %s, %s", outcome, message)
	}
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "answered")
	if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/loop")); outcome != hedge.OutcomeExceededCPU || strings.Contains(message, advice) {
		t.Errorf("a later one: %s, %s", outcome, message)
	}
}

// What had to be compiled before a request met the limit is ready for the next isolate, or an
// app whose first request takes too much would never answer any. What an isolate has that
// answers takes its place.
func TestCompiledCodeOutlivesTheLimit(t *testing.T) {
	if jsapitest.InCordons() {
		t.Skip("cordons keep the code to themselves")
	}
	f := jsapitest.New(t)
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Start()
	app := f.App("const page = () => { " + strings.Repeat("globalThis.x = [globalThis.x];\n", 200) + " return 'answered'; };" +
		jsapitest.Handler(`if (request.url.endsWith("/loop")) for (;;); return new Response(page());`))
	if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/loop")); outcome != hedge.OutcomeExceededCPU {
		t.Errorf("%s: %s", outcome, message)
	}
	jsapitest.Eventually(t, "the code of the isolate that was ended is kept", func() bool { return app.CompiledCode() > 0 })
	before := app.CompiledCode()
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "answered")
	jsapitest.Eventually(t, "the code of the one that answered is kept", func() bool { return app.CompiledCode() > before })
}

// What several readers collect of one upload is refused where it passes the limit, and said to
// be: no reader waits for a piece that there was no memory for.
func TestUploadsCollectedBeyondMemory(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.Memory, f.Limits.CPU, f.Limits.Wall = 24<<20, 20*time.Second, 20*time.Second
	app := f.Start().App(jsapitest.Handler(`
		const all = await Promise.all([request.clone().text(), request.clone().arrayBuffer(), request.clone().blob(), request.text()]);
		return new Response(String(all.length));`))
	_, message, outcome := jsapitest.Do(t, app, jsapitest.Post("/", strings.Repeat("x", 32<<20)))
	if outcome != hedge.OutcomeExceededMemory {
		t.Errorf("%s: %s", outcome, message)
	}
}

// What a request has put behind its response goes with its isolate, and the console says so.
func TestWaitUntilInALostIsolate(t *testing.T) {
	f := jsapitest.New(t)
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Start()
	app := f.App(jsapitest.Handler(`if (request.url.endsWith("/loop")) for (;;);
		ctx.waitUntil(new Promise((done) => setTimeout(done, 60_000)));
		return new Response("answered");`))
	jsapitest.Want(t, app, jsapitest.Request("GET", "/behind"), "answered")
	if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/loop")); outcome != hedge.OutcomeExceededCPU {
		t.Errorf("%s: %s", outcome, message)
	}
	line := awaitCutShort(t, f, "isolate-lost", "another request ended the isolate")
	if line.Level != worker.LevelError || line.Request == nil || line.Request.Target != "/behind" {
		t.Errorf("%+v", line)
	}
}

// awaitCutShort waits for the line that tells of work behind a response that was ended.
func awaitCutShort(t *testing.T, f *jsapitest.Fixture, outcome, why string) (line worker.Line) {
	t.Helper()
	jsapitest.Eventually(t, "the console tells of the work that is lost", func() bool {
		for _, line = range f.Console.All() {
			if strings.HasPrefix(line.Text, outcome+": what the request has put behind its response is not done: ") && strings.Contains(line.Text, why) {
				return true
			}
		}
		return false
	})
	return line
}

// There may be no memory for what the runtime does for a request either.
func TestMemoryForTheRuntime(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.Memory = 24 << 20
	f.Limits.CPU = 10 * time.Second
	f.Client = httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{Status: 200, Body: io.NopCloser(zeros{}), ContentLength: -1}, nil
	})
	f.Start()
	app := f.App(jsapitest.Handler(`return new Response(await (await fetch("http://origin/")).arrayBuffer());`))
	if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/")); outcome != hedge.OutcomeExceededMemory {
		t.Errorf("%s: %s", outcome, message)
	}
}

// What a turn prints behind its answer, with which the request ends, is still that
// request's.
func TestLinesBehindTheAnswer(t *testing.T) {
	f := jsapitest.New(t).Start()
	app := f.App(`export default { fetch(request) {
		Promise.reject(new Error("late"));
		Promise.resolve().then(() => console.log("late"));
		return new Response("fine");
	} }`)
	jsapitest.Want(t, app, jsapitest.Request("GET", "/a"), "fine")
	jsapitest.Eventually(t, "both lines are there", func() bool { return len(f.Console.All()) == 2 })
	for _, line := range f.Console.All() {
		if line.Request == nil || line.Request.Target != "/a" {
			t.Errorf("%q has the request %+v", line.Text, line.Request)
		}
	}
}

// A request may clear another's timer, or set one that is due before it, when the host has
// already said that the other's is: what runs then is not at that one's cost.
func TestTimerOfAnotherRequest(t *testing.T) {
	f := jsapitest.New(t)
	g := newGate()
	f.Client = g
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Limits.CPU, f.Limits.Wall = 2*time.Second, time.Hour
	f.Start()
	app := f.App(`let timer;
	export default { async fetch(request) {
		if (request.method === "GET") {
			timer = setTimeout(() => {}, 100);
			return fetch("http://gate/");
		}
		for (let i = 0; i < 3e8; i++); // meanwhile the timer of the other is due
		clearTimeout(timer);
		await new Promise(() => setTimeout(() => { for (;;); }, 0));
	} }`)
	var wg sync.WaitGroup
	wg.Go(func() { jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "open") })
	<-g.arrived
	if _, message, outcome := jsapitest.Do(t, app, jsapitest.Post("/", "x")); outcome != hedge.OutcomeExceededCPU {
		t.Errorf("%s: %s", outcome, message)
	}
	close(g.open)
	wg.Wait()
}

// What one request does to its isolate must not be seen by others: those that can
// be run again are.
func TestNeighboursOfATermination(t *testing.T) {
	f := jsapitest.New(t)
	g := newGate()
	f.Client = g
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Start()
	app := f.App(`export default { async fetch(request) {
		if (request.url.endsWith("/loop")) for (;;);
		return fetch("http://gate/");
	} }`)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "open") })
		<-g.arrived
	}
	post := jsapitest.Post("/", "x")
	wg.Go(func() {
		if _, message, outcome := jsapitest.Do(t, app, post); outcome != hedge.OutcomeIsolateLost {
			t.Errorf("POST: %s: %s", outcome, message)
		}
	})
	<-g.arrived
	if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/loop")); outcome != hedge.OutcomeExceededCPU {
		t.Errorf("%s: %s", outcome, message)
	}
	close(g.open)
	wg.Wait()
}

// Garbage that is in the way of what an app asks for, and that V8 has yet to collect, ends
// no isolate.
func TestMemoryBesideGarbage(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.CPU = 20 * time.Second
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Start()
	for name, body := range map[string]string{
		"large strings": `JSON.parse(JSON.stringify({ a: "x".repeat(40 << 20) }));`,
		"ArrayBuffers":  `for (let i = 0; i < 4; i++) new ArrayBuffer(80 << 20);`,
	} {
		t.Run(name, func(t *testing.T) {
			app := f.App("let n = 0;\n" + jsapitest.Handler(body+`return new Response("" + ++n);`))
			for _, want := range []string{"1", "2", "3"} {
				jsapitest.Want(t, app, jsapitest.Request("GET", "/"), want)
			}
		})
	}
}

// What a large answer took on its way to the host is the app's again behind it.
func TestMemoryBehindALargeAnswer(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.CPU, f.Limits.ResponseBytes = 20*time.Second, -1
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Start()
	app := f.App("let n = 0;\n" + jsapitest.Handler(`n++;
		if (request.url.endsWith("/large")) return new Response(new Uint8Array(40 << 20));
		new ArrayBuffer(100 << 20);
		return new Response("" + n);`))
	for _, want := range []string{"2", "4"} {
		if status, body, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/large")); status != 200 || len(body) != 40<<20 {
			t.Errorf("%d with %d bytes, %s", status, len(body), outcome)
		}
		jsapitest.Want(t, app, jsapitest.Request("GET", "/"), want)
	}
}

func TestResponseThatNeverEnds(t *testing.T) {
	f := jsapitest.New(t).Start()
	app := f.App(jsapitest.Handler(`return new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(3)) } }));`))
	_, body, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/"))
	if len(body) != 3 || outcome != hedge.OutcomeHung {
		t.Errorf("%d bytes, %s", len(body), outcome)
	}
}

func TestStreamThatFails(t *testing.T) {
	f := jsapitest.New(t).Start()
	for name, source := range map[string]string{
		"error":    jsapitest.Handler(`return new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(3)) }, pull(c) { c.error(new Error("broken")) } }));`),
		"throw":    jsapitest.Handler(`return new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(3)) }, pull() { throw new Error("broken") } }));`),
		"no bytes": jsapitest.Handler(`return new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(3)) }, pull(c) { c.enqueue("text") } }));`),
	} {
		t.Run(name, func(t *testing.T) {
			if _, body, outcome := jsapitest.Do(t, f.App(source), jsapitest.Request("GET", "/")); outcome != hedge.OutcomeException {
				t.Errorf("%q, %s", body, outcome)
			}
		})
	}
}

func TestRetireAndColdStart(t *testing.T) {
	f := jsapitest.New(t).Start()
	app := f.App(`let n = 0; export default { fetch() { return new Response("" + ++n) } }`)
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "1")
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "2")
	f.Runtime.Retire(time.Now().Add(time.Hour))
	awaitIsolates(t, f, 0)
	req := jsapitest.Request("GET", "/")
	jsapitest.Want(t, app, req, "1")
	if !req.Account.Snapshot().Cold {
		t.Error("not a cold start")
	}
}

// The least recently used isolate makes room when the budget is spent.
func TestEviction(t *testing.T) {
	f := jsapitest.New(t)
	f.Configure = func(cfg *worker.Config) { cfg.HeapBudget = 10 << 20 }
	f.Start()
	var apps []*worker.App
	for range 8 {
		app := f.App(`let n = 0; export default { fetch() { return new Response("" + ++n) } }`)
		jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "1")
		apps = append(apps, app)
	}
	stats := f.Runtime.Stats()
	if stats.Apps != 8 || stats.Isolates >= 8 || stats.Isolates == 0 {
		t.Errorf("%+v", stats)
	}
	jsapitest.Want(t, apps[0], jsapitest.Request("GET", "/"), "1") // was evicted
	jsapitest.Want(t, apps[7], jsapitest.Request("GET", "/"), "2") // was not
}

func TestOverloaded(t *testing.T) {
	f := jsapitest.New(t)
	f.Configure = func(cfg *worker.Config) { cfg.HeapBudget = 3 << 20 }
	f.Start()
	app := f.App(jsapitest.Handler(`return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1)); return new Promise((r) => setTimeout(r, 1)) } }));`))
	res, err := app.RoundTrip(context.Background(), jsapitest.Request("GET", "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	_, err = f.Runtime.Load(context.Background(), f.Release(jsapitest.Handler(`return new Response("")`)))
	if hedge.OutcomeOf(err) != hedge.OutcomeOverloaded {
		t.Errorf("%v", err)
	}
	if _, err := io.ReadFull(res.Body, make([]byte, 3)); err != nil {
		t.Error(err)
	}
}

func TestDrain(t *testing.T) {
	f := jsapitest.New(t)
	g := newGate()
	f.Client = g
	f.Start()
	app := f.App(jsapitest.Handler(`return fetch("http://gate/");`))
	var wg sync.WaitGroup
	wg.Go(func() { jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "open") })
	<-g.arrived
	app.Drain()
	close(g.open)
	wg.Wait()
	if n := f.Runtime.Stats().Apps; n != 0 {
		t.Errorf("%d apps are left", n)
	}
	if _, _, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/")); outcome != hedge.OutcomeIsolateLost {
		t.Errorf("a drained app answered: %s", outcome)
	}
}

package worker_test

import (
	"bytes"
	"context"
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

// A request that has begun but is not in the isolate yet, and a timer that is about
// to fire, are not seen by it: it must not look idle because of that.
func TestNothingIsTakenForHung(t *testing.T) {
	f := jsapitest.New(t)
	f.Configure = oneIsolate
	f.Start()
	app := f.App(jsapitest.Handler(`if (request.url.endsWith("/timer")) await new Promise((r) => setTimeout(r, 0)); return new Response("fine");`))
	var wg sync.WaitGroup
	for i := range 16 {
		target := "/"
		if i == 0 {
			target = "/timer"
		}
		wg.Go(func() {
			for range 500 {
				jsapitest.Want(t, app, jsapitest.Request("GET", target), "fine")
			}
		})
	}
	wg.Wait()
}

// As long as a client may read on, what its stream does next may help others.
func TestSlowReaderIsNoHang(t *testing.T) {
	f := jsapitest.New(t)
	f.Configure = oneIsolate
	f.Start()
	app := f.App(`
		let open, sent = 0;
		const gate = new Promise((r) => { open = r });
		export default { async fetch(request) {
			if (request.url.endsWith("/ping")) return new Response("pong");
			if (request.url.endsWith("/wait")) { console.log("waiting"); await gate; return new Response("open"); }
			return new Response(new ReadableStream({ pull(c) {
				c.enqueue(new Uint8Array(16384));
				if (++sent === 10) { open(); c.close(); }
			} }, { highWaterMark: 0 }));
		} }`)
	res, err := app.RoundTrip(context.Background(), jsapitest.Request("GET", "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.CloseBody()
	var wg sync.WaitGroup
	wg.Go(func() { jsapitest.Want(t, app, jsapitest.Request("GET", "/wait"), "open") })
	jsapitest.Eventually(t, "it waits", func() bool { return f.Console.Text() != "" })
	jsapitest.Want(t, app, jsapitest.Request("GET", "/ping"), "pong")
	if n, err := io.Copy(io.Discard, res.Body); n != 163840 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	wg.Wait()
}

// While one request runs into its limit, others are served by another isolate.
func TestOthersAreServedDuringALoop(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.CPU = 300 * time.Millisecond
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 2 }
	f.Start()
	app := f.App(`export default { fetch(request) { if (request.url.endsWith("/loop")) /^(a+)+$/.test("a".repeat(40) + "b"); return new Response("fine"); } }`)
	over := make(chan struct{})
	go func() {
		defer close(over)
		if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/loop")); outcome != hedge.OutcomeExceededCPU {
			t.Errorf("%s: %s", outcome, message)
		}
	}()
	served := 0
	for isOver := false; !isOver; {
		jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "fine")
		select {
		case <-over:
			isOver = true
		default:
			served++
		}
	}
	if served == 0 {
		t.Error("nothing was served meanwhile")
	}
}

// Limits that end a response which has begun.
func TestLimitsOfAStream(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.CPU, f.Limits.Memory = 50*time.Millisecond, 64<<20
	f.Start()
	const slow = `let n = 0; return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(2)); if (++n === 10) c.close(); return new Promise((r) => setTimeout(r, 50)) } }));`
	for _, test := range []struct {
		name, source string
		outcome      hedge.Outcome
	}{
		{"wall time does not", slow, hedge.OutcomeOK},
		{"loop", `return new Response(new ReadableStream({ async pull(c) { c.enqueue(new Uint8Array(2)); await new Promise((r) => setTimeout(r, 1)); for (;;); } }));`, hedge.OutcomeExceededCPU},
		{"short turns", `return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(2)); let n = 0; for (let i = 0; i < 300000; i++) n += i; return new Promise((r) => setTimeout(r, 1)) } }));`, hedge.OutcomeExceededCPU},
	} {
		t.Run(test.name, func(t *testing.T) {
			f.Limits.Wall = 20 * time.Second
			if test.source == slow {
				f.Limits.Wall = 400 * time.Millisecond // less than the whole of it takes
			}
			req := jsapitest.Request("GET", "/")
			status, body, outcome := jsapitest.Do(t, f.App(jsapitest.Handler(test.source)), req)
			if status != 200 || outcome != test.outcome || outcome == hedge.OutcomeOK && len(body) != 20 {
				t.Errorf("%d, %d bytes, %s", status, len(body), outcome)
			}
		})
	}
}

// Requests that overspend between turns leave their isolate to the others.
func TestShortTurnsKeepTheIsolate(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.CPU = 10 * time.Millisecond
	f.Configure = oneIsolate
	f.Start()
	app := f.App(`let n = 0; export default { async fetch(request) {
		if (request.url.endsWith("/spend")) await new Promise(() => setInterval(() => { crypto.getRandomValues(new Uint8Array(65536)); }, 1));
		return new Response("" + ++n);
	} }`)
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "1")
	if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/spend")); outcome != hedge.OutcomeExceededCPU {
		t.Errorf("%s: %s", outcome, message)
	}
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "2")
}

func TestUploadIsNoResponse(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.ResponseBytes = 1000
	f.Client = httpmsg.RoundTripperFunc(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		defer req.Body.Close()
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		return httpmsg.Text(200, strings.Trim(string(data), "\x00")+"received"), nil
	})
	f.Start()
	app := f.App(jsapitest.Handler(`
		let n = 0;
		const body = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(300)); if (++n === 20) c.close(); } });
		return fetch("http://origin/", { method: "POST", body, duplex: "half" });`))
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "received")
}

// Only the request that asked for too much is told so.
func TestRefusedMemoryOfANeighbour(t *testing.T) {
	f := jsapitest.New(t)
	g := newGate()
	f.Client = g
	f.Configure = oneIsolate
	f.Start()
	app := f.App(`export default { async fetch(request) {
		if (request.url.endsWith("/greedy")) new ArrayBuffer(2 ** 31);
		await fetch("http://gate/");
		throw new Error("of its own");
	} }`)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/")); outcome != hedge.OutcomeException {
			t.Errorf("%s: %s", outcome, message)
		}
	})
	<-g.arrived
	if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/greedy")); outcome != hedge.OutcomeExceededMemory {
		t.Errorf("%s: %s", outcome, message)
	}
	close(g.open)
	wg.Wait()
}

// The isolate may be gone again when the app has just been loaded.
func TestIsolateLostRightAfterLoading(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.StartupCPU = 5 * time.Millisecond
	f.Start()
	for range 10 {
		app, err := f.Runtime.Load(context.Background(), f.Release(`setTimeout(() => { for (;;); }, 0); export default { fetch() { return new Response("fine") } }`))
		if err == nil {
			jsapitest.Eventually(t, "the loop ends", func() bool { return f.Runtime.Stats().Isolates == 0 })
			app.Close()
		}
	}
}

// An app that is closed while an isolate of it starts must not keep it.
func TestCloseDuringAStart(t *testing.T) {
	f := jsapitest.New(t).Start()
	for range 20 {
		app := f.App(jsapitest.Handler(`return new Response("fine");`))
		f.Runtime.RetireAll()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/")); outcome != hedge.OutcomeOK && outcome != hedge.OutcomeIsolateLost {
					t.Errorf("%s: %s", outcome, message)
				}
			})
		}
		app.Close()
		wg.Wait()
	}
	jsapitest.Eventually(t, "all isolates are freed", func() bool {
		s := f.Runtime.Stats()
		return s.Apps == 0 && s.Isolates == 0 && s.HeapBytes == 0
	})
}

// A client that goes away while the app starts neither waits nor spoils the start.
func TestClientGoneDuringAStart(t *testing.T) {
	f := jsapitest.New(t)
	g := newGate()
	f.Client = g
	f.Configure = oneIsolate
	f.Start()
	loaded := make(chan *worker.App)
	go func() {
		loaded <- f.App(`await fetch("http://gate/"); export default { fetch() { return new Response("fine") } }`)
	}()
	<-g.arrived
	close(g.open)
	app := <-loaded
	g.open = make(chan struct{})
	f.Runtime.RetireAll()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := app.RoundTrip(ctx, jsapitest.Request("GET", "/")); hedge.OutcomeOf(err) != hedge.OutcomeClientGone {
			t.Errorf("%v", err)
		}
	})
	<-g.arrived
	cancel()
	wg.Wait()
	close(g.open)
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "fine")
	if n := len(g.arrived); n != 0 {
		t.Errorf("the app was loaded %d times more", n)
	}
}

// What an isolate grows by is taken from those that are idle, and when there is
// none it goes itself.
func TestGrowthWithinTheBudget(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.CPU = 10 * time.Second
	f.Configure = func(cfg *worker.Config) { cfg.HeapBudget = 30 << 20 }
	f.Start()
	idle := f.App(`let n = 0; export default { fetch() { return new Response("" + ++n) } }`)
	jsapitest.Want(t, idle, jsapitest.Request("GET", "/"), "1")
	greedy := f.App(`const kept = []; export default { fetch(request) { if (kept.length === 0) for (let i = 0; i < 900; i++) kept.push(new Array(10000).fill(i)); return new Response("" + kept.length) } }`)
	jsapitest.Want(t, greedy, jsapitest.Request("GET", "/"), "900")
	jsapitest.Eventually(t, "an isolate has gone", func() bool { return f.Runtime.Stats().Isolates < 2 })
	jsapitest.Want(t, idle, jsapitest.Request("GET", "/"), "1") // was evicted
	jsapitest.Eventually(t, "the heaps fit into the budget", func() bool { return f.Runtime.Stats().HeapBytes <= 30<<20 })
}

// 10,000 requests leave nothing behind, whatever they did not read.
func TestUnreadBodies(t *testing.T) {
	var bodies ledger
	f := jsapitest.New(t)
	f.Client = bodies.origin(1000)
	f.Limits.WaitUntil = 10 * time.Millisecond
	f.Start()
	app := f.App(`export default { async fetch(request, env, ctx) {
		switch (new URL(request.url).pathname) {
		case "/request": return new Response("unread");
		case "/fetched": await fetch("http://origin/"); return new Response("unread");
		case "/partly": { const r = (await fetch("http://origin/")).body.getReader(); await r.read(); return new Response("unread"); }
		case "/tee": { const [a, b] = (await fetch("http://origin/")).body.tee(); await a.getReader().read(); return new Response("unread"); }
		case "/passed": return fetch("http://origin/");
		case "/stream": return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(99)) } }));
		case "/later": ctx.waitUntil(new Promise(() => {})); return new Response("unread");
		}
	} }`)
	jsapitest.Want(t, app, jsapitest.Request("GET", "/request"), "unread")
	f.Runtime.AwaitSpares()
	before := countGoroutines(t)
	targets := []string{"/request", "/fetched", "/partly", "/tee", "/passed", "/stream", "/request", "/fetched", "/later", "/passed"}
	for i := range 10_000 {
		req := jsapitest.Request("POST", targets[i%len(targets)])
		req.Body, req.ContentLength = bodies.body(bytes.NewReader(make([]byte, 1000))), 1000
		res, err := app.RoundTrip(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		res.CloseBody()
	}
	bodies.awaitBalance(t)
	awaitGoroutines(t, before)
}

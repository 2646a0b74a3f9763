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

func oneIsolate(cfg *worker.Config) { cfg.Isolates = 1 }

// When the exchange is over, the request's body is closed and nobody reads it, and
// the request itself is not touched any more, which the race detector sees.
func TestTheRequestIsLetGo(t *testing.T) {
	var bodies ledger
	f := jsapitest.New(t)
	f.Limits.Wall, f.Limits.WaitUntil, f.Limits.CPU = 100*time.Millisecond, 10*time.Millisecond, 20*time.Millisecond
	f.Client = bodies.origin(10)
	f.Start()
	for _, test := range []struct{ name, source string }{
		{"unread", `return new Response("whole");`},
		{"no body", `return new Response(null, { status: 204 });`},
		{"being read", `request.text(); return new Response("whole");`},
		{"being read by waitUntil", `ctx.waitUntil(request.text()); return new Response("whole");`},
		{"waitUntil", `ctx.waitUntil((async () => { await fetch("http://origin/"); console.log("later") })()); return new Response("whole");`},
		{"stream", `return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(9)); c.close(); } }));`},
		{"stream while being read", `request.text(); return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(9)); c.close(); } }));`},
		{"passed through", `return fetch("http://origin/");`},
		{"throws", `request.text(); throw new Error();`},
		{"wall time", `await request.text();`},
		{"loops", `request.text(); for (;;);`},
		{"hangs", `await new Promise(() => {});`},
	} {
		t.Run(test.name, func(t *testing.T) {
			app := f.App(jsapitest.Handler(test.source))
			defer app.Close()
			req := jsapitest.Request("POST", "/")
			req.Header.Add("A", "b")
			body := bodies.endless()
			req.Body, req.ContentLength = body, -1
			jsapitest.Do(t, app, req)
			select {
			case <-body.done:
			default:
				t.Error("the body has not been closed")
			}
			if n := body.reads.Load(); n != 0 {
				t.Errorf("%d reads are under way", n)
			}
			req.Header.Set("A", "changed")
			req.Target = "/other"
		})
	}
	bodies.awaitBalance(t)
}

// A body handed out by an op that outlives its request would have had no owner.
func TestOpThatOutlivesItsRequest(t *testing.T) {
	var bodies ledger
	open, arrived := make(chan struct{}), make(chan struct{})
	f := jsapitest.New(t)
	f.Client = httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Authority == "ready" {
			<-arrived
			return httpmsg.Text(200, ""), nil
		}
		close(arrived)
		<-open // whatever becomes of ctx
		return bodies.origin(1).RoundTrip(ctx, req)
	})
	f.Start()
	app := f.App(jsapitest.Handler(`fetch("http://origin/"); await fetch("http://ready/"); return new Response("early");`))
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "early")
	close(open)
	jsapitest.Eventually(t, "the origin answers", func() bool { return bodies.opened.Load() == 1 })
	bodies.awaitBalance(t)
}

// The answer may come just when the client goes: it must not be lost unclosed.
func TestAnswerWhenTheClientGoes(t *testing.T) {
	var bodies ledger
	f := jsapitest.New(t)
	f.Client = bodies.origin(1000)
	f.Start()
	app := f.App(jsapitest.Handler(`return fetch("http://origin/");`))
	for range 300 {
		ctx, cancel := context.WithCancel(context.Background())
		go cancel()
		if res, err := app.RoundTrip(ctx, jsapitest.Request("GET", "/")); err == nil {
			res.CloseBody()
		} else if hedge.OutcomeOf(err) != hedge.OutcomeClientGone {
			t.Fatal(err)
		}
	}
	bodies.awaitBalance(t)
}

// Reading ends when the context does, whatever the app makes of the signal.
func TestReadEndsWithTheContext(t *testing.T) {
	var bodies ledger
	f := jsapitest.New(t)
	f.Client = httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{Status: 200, Body: bodies.endless(), ContentLength: -1}, nil
	})
	f.Start()
	for name, source := range map[string]string{
		"stream":         jsapitest.Handler(`return new Response(new ReadableStream({ pull(c) { return new Promise((r) => setTimeout(r, 1e6)) } }));`),
		"coded stream":   jsapitest.Handler(`return new Response(new ReadableStream({ pull(c) { return new Promise((r) => setTimeout(r, 1e6)) } }), { headers: { "content-encoding": "gzip" } });`),
		"passed through": jsapitest.Handler(`return fetch("http://origin/");`),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			res, err := f.App(source).RoundTrip(ctx, jsapitest.Request("GET", "/"))
			if err != nil {
				t.Fatal(err)
			}
			defer res.CloseBody()
			cancel()
			if _, err := io.ReadAll(res.Body); hedge.OutcomeOf(err) != hedge.OutcomeClientGone {
				t.Errorf("%v", err)
			}
		})
	}
	bodies.awaitBalance(t)
}

func TestClientThatBreaksOffItsUpload(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = newGate()
	f.Start()
	broken := errors.New("connection reset")
	for _, test := range []struct{ name, source, want string }{
		{"read", `return request.text().then(() => new Response("?"), (e) => new Response(e.name + ": " + e.message));`, "TypeError: The body broke off: connection reset"},
		{"unread", `return new Response("fine");`, "fine"},
	} {
		t.Run(test.name, func(t *testing.T) {
			req := jsapitest.Request("POST", "/")
			req.Body = io.NopCloser(io.MultiReader(strings.NewReader("half"), failing{broken}))
			req.ContentLength = 100
			jsapitest.Want(t, f.App(jsapitest.Handler(test.source)), req, test.want)
		})
	}
}

type failing struct{ err error }

func (r failing) Read([]byte) (int, error) { return 0, r.err }

func TestAnswerToHead(t *testing.T) {
	f := jsapitest.New(t).Start()
	for name, source := range map[string]string{
		"whole":  `return new Response("hello");`,
		"stream": `return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(9)) } }));`,
	} {
		t.Run(name, func(t *testing.T) {
			res, err := f.App(jsapitest.Handler(source)).RoundTrip(context.Background(), jsapitest.Request("HEAD", "/"))
			if err != nil || res.Body != nil {
				t.Errorf("%v %+v", err, res)
			}
		})
	}
}

func TestCloseEndsRequests(t *testing.T) {
	f := jsapitest.New(t)
	g := newGate()
	f.Client = g
	f.Limits.CPU = time.Minute
	f.Configure = oneIsolate
	f.Start()
	for name, source := range map[string]string{
		"waiting": `return fetch("http://gate/");`,
		"running": `fetch("http://gate/"); await null; setTimeout(() => { for (;;); }, 0); await new Promise(() => {});`,
	} {
		t.Run(name, func(t *testing.T) {
			app := f.App(jsapitest.Handler(source))
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("POST", "/")); outcome != hedge.OutcomeIsolateLost {
					t.Errorf("%s: %s", outcome, message)
				}
			})
			<-g.arrived
			app.Close()
			wg.Wait()
			jsapitest.Eventually(t, "the isolate is freed", func() bool { return f.Runtime.Stats().Isolates == 0 })
		})
	}
}

// A request is run again at most once.
func TestIsolateLostTwice(t *testing.T) {
	f := jsapitest.New(t)
	g := newGate()
	f.Client = g
	f.Configure = oneIsolate
	f.Start()
	app := f.App(`export default { fetch(request) { if (request.url.endsWith("/loop")) for (;;); return fetch("http://gate/"); } }`)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/")); outcome != hedge.OutcomeIsolateLost {
			t.Errorf("%s: %s", outcome, message)
		}
	})
	for range 2 {
		<-g.arrived
		jsapitest.Do(t, app, jsapitest.Request("GET", "/loop"))
	}
	wg.Wait()
	if n := len(g.arrived); n != 0 {
		t.Errorf("%d further fetches", n)
	}
}

// What the host has in hand goes on when the isolate does not.
func TestPassThroughOutlivesItsIsolate(t *testing.T) {
	var bodies ledger
	f := jsapitest.New(t)
	f.Client = bodies.origin(100_000)
	f.Configure = oneIsolate
	f.Start()
	app := f.App(`export default { fetch(request) { if (request.url.endsWith("/loop")) for (;;); return fetch("http://origin/"); } }`)
	req := jsapitest.Request("GET", "/")
	res, err := app.RoundTrip(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/loop")); outcome != hedge.OutcomeExceededCPU {
		t.Error(outcome)
	}
	if data, err := io.ReadAll(res.Body); len(data) != 100_000 || err != nil {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	res.CloseBody()
	bodies.awaitBalance(t)
	if got := req.Account.Snapshot().Outcome; got != "" {
		t.Errorf("the account says %q", got)
	}
}

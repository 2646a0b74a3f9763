package worker_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"hedge"
	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

func TestHandlers(t *testing.T) {
	f := jsapitest.New(t).Start()
	tests := []struct {
		name, source, want string
	}{
		{"async", jsapitest.Handler(`return new Response("hello");`), "hello"},
		{"synchronous", `export default { fetch() { return new Response("sync") } }`, "sync"},
		{"a function", `export default (request) => new Response("fn")`, "fn"},
		{"method with this", `export default { word: "this", fetch() { return new Response(this.word) } }`, "this"},
		{"class instance", `class App { fetch() { return new Response("class") } } export default new App()`, "class"},
		{"event listener", `addEventListener("fetch", (e) => e.respondWith(new Response("event " + new URL(e.request.url).pathname)))`, "event /"},
		{"event listener with promise", `addEventListener("fetch", (e) => e.respondWith(Promise.resolve(new Response("later"))))`, "later"},
		{"thenable", `export default { fetch() { return { then(ok) { ok(new Response("thenable")) } } } }`, "thenable"},
		{"env", jsapitest.Handler(`return new Response(env.NAME);`), "value"},
		{"request", jsapitest.Handler(`return new Response([request.method, request.url, request.headers.get("HOST")].join(" "));`), "GET http://test.example/ test.example"},
		{"timer", jsapitest.Handler(`await new Promise((r) => setTimeout(r, 1)); return new Response("slept");`), "slept"},
		{"timers in order", jsapitest.Handler(`const seen = []; const wait = (ms, s) => new Promise((r) => setTimeout(() => { seen.push(s); Promise.resolve().then(() => seen.push(s + "'")); r() }, ms)); await Promise.all([wait(2, "b"), wait(1, "a"), wait(2, "c")]); await null; return new Response(seen.join(" "));`), "a a' b b' c c'"},
		{"interval", jsapitest.Handler(`let n = 0; await new Promise((r) => { const id = setInterval(() => { if (++n === 3) { clearInterval(id); r() } }, 1) }); return new Response("" + n);`), "3"},
		{"top-level await", `await new Promise((r) => setTimeout(r, 1)); export default { fetch() { return new Response("awaited") } }`, "awaited"},
		{"stream", jsapitest.Handler(`return new Response(new ReadableStream({ async start(c) { for (const s of ["a", "b", "c"]) { await null; c.enqueue(new TextEncoder().encode(s)) } c.close() } }));`), "abc"},
		{"large body", jsapitest.Handler(`return new Response("x".repeat(300000).slice(0, 5));`), "xxxxx"},
		{"dynamic import of a builtin", jsapitest.Handler(`const { mount } = await import("hedge:route"); return new Response(typeof mount);`), "function"},
		{"structuredClone", jsapitest.Handler(`return new Response(JSON.stringify(structuredClone({ a: [1, new Date(0)] })));`), `{"a":[1,"1970-01-01T00:00:00.000Z"]}`},
		{"wasm", jsapitest.Handler(`const m = new WebAssembly.Module(new Uint8Array([0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,7,7,1,3,97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11])); return new Response("" + new WebAssembly.Instance(m).exports.add(2, 3));`), "5"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			jsapitest.Want(t, f.App(test.source), jsapitest.Request("GET", "/"), test.want)
		})
	}
}

func TestLargeBodies(t *testing.T) {
	f := jsapitest.New(t).Start()
	const size = 3_000_001
	for name, source := range map[string]string{
		"text":   jsapitest.Handler(`return new Response("x".repeat(3000001));`),
		"stream": jsapitest.Handler(`let left = 3000001; return new Response(new ReadableStream({ pull(c) { const n = Math.min(left, 50000); left -= n; if (n) c.enqueue(new Uint8Array(n).fill(120)); else c.close(); } }));`),
		"chunk":  jsapitest.Handler(`return new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(3000001).fill(120)); c.close(); } }));`),
	} {
		t.Run(name, func(t *testing.T) {
			_, body, outcome := jsapitest.Do(t, f.App(source), jsapitest.Request("GET", "/"))
			if outcome != hedge.OutcomeOK || len(body) != size || strings.Trim(body, "x") != "" {
				t.Errorf("%d bytes, %s", len(body), outcome)
			}
		})
	}
}

func TestRequestBodies(t *testing.T) {
	f := jsapitest.New(t).Start()
	big := strings.Repeat("0123456789", 50_000)
	for _, test := range []struct{ name, source, body, want string }{
		{"text", jsapitest.Handler(`return new Response(await request.text());`), "hello", "hello"},
		{"big text", jsapitest.Handler(`return new Response((await request.text()).length + "");`), big, "500000"},
		{"json", jsapitest.Handler(`return new Response((await request.json()).a);`), `{"a":"b"}`, "b"},
		{"passed through", jsapitest.Handler(`return new Response(request.body);`), big, big},
		{"transformed", jsapitest.Handler(`return new Response(request.body.pipeThrough(new TextDecoderStream()).pipeThrough(new TransformStream({ transform(s, c) { c.enqueue(s.toUpperCase()) } })).pipeThrough(new TextEncoderStream()));`), "shout", "SHOUT"},
		{"unread", jsapitest.Handler(`return new Response("ignored");`), big, "ignored"},
		{"read twice", jsapitest.Handler(`await request.text(); return request.text().then(() => new Response("?"), (e) => new Response(e.name));`), "x", "TypeError"},
		{"form", jsapitest.Handler(`return new Response((await request.formData()).get("a"));`), "a=1%202", "1 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			req := jsapitest.Post("/", test.body)
			req.Header.Add("Content-Type", "application/x-www-form-urlencoded")
			jsapitest.Want(t, f.App(test.source), req, test.want)
		})
	}
}

func TestFailures(t *testing.T) {
	f := jsapitest.New(t).Start()
	tests := []struct {
		name, source string
		outcome      hedge.Outcome
		message      string
	}{
		{"throws", jsapitest.Handler(`throw new RangeError("boom");`), hedge.OutcomeException, "RangeError: boom"},
		{"throws at once", `export default { fetch() { throw new Error("sync boom") } }`, hedge.OutcomeException, "Error: sync boom"},
		{"throws no error", jsapitest.Handler(`throw "just text";`), hedge.OutcomeException, "just text"},
		{"throws nothing", jsapitest.Handler(`throw undefined;`), hedge.OutcomeException, "undefined"},
		{"returns nothing", jsapitest.Handler(``), hedge.OutcomeNoResponse, "undefined"},
		{"returns text", jsapitest.Handler(`return "text";`), hedge.OutcomeNoResponse, "a string"},
		{"returns an object", jsapitest.Handler(`return { status: 200 };`), hedge.OutcomeNoResponse, "an object of class Object"},
		{"returns Response.error()", jsapitest.Handler(`return Response.error();`), hedge.OutcomeNoResponse, "Response.error()"},
		{"no respondWith", `addEventListener("fetch", () => {})`, hedge.OutcomeException, "respondWith"},
		{"never settles", jsapitest.Handler(`await new Promise(() => {});`), hedge.OutcomeHung, "never settle"},
		{"used body", jsapitest.Handler(`const r = new Response("x"); await r.text(); return r;`), hedge.OutcomeException, "read before"},
		{"deep recursion", jsapitest.Handler(`const f = () => f() + 1; return new Response(f());`), hedge.OutcomeException, "Maximum call stack size exceeded"},
		{"no shared memory", jsapitest.Handler(`new SharedArrayBuffer(8);`), hedge.OutcomeException, "SharedArrayBuffer is not defined"},
		{"Atomics.wait", jsapitest.Handler(`Atomics.wait(new Int32Array(new ArrayBuffer(8)), 0, 0);`), hedge.OutcomeException, "TypeError"},
		{"eval", jsapitest.Handler(`eval("1");`), hedge.OutcomeException, "EvalError"},
		{"a global of Node", jsapitest.Handler(`return new Response(Buffer.from("x"));`), hedge.OutcomeException, `import "node:buffer", before all else`},
		{"a global of Workers", jsapitest.Handler(`new IdentityTransformStream();`), hedge.OutcomeException, `(new TransformStream() is one)`},
		{"header with CR", jsapitest.Handler(`return new Response("", { headers: { a: "b\rc" } });`), hedge.OutcomeException, "TypeError"},
		{"header with LF", jsapitest.Handler(`new Headers().append("a", "b\nc");`), hedge.OutcomeException, "TypeError"},
		{"header with NUL", jsapitest.Handler(`request.headers.get("a\0");`), hedge.OutcomeException, "TypeError"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			app := f.App(test.source)
			req := jsapitest.Request("GET", "/")
			_, message, outcome := jsapitest.Do(t, app, req)
			if outcome != test.outcome || !strings.Contains(strings.ReplaceAll(message, "never", "never "), strings.ReplaceAll(test.message, "never", "never ")) {
				t.Errorf("%s: %s; want %s: %s", outcome, message, test.outcome, test.message)
			}
			if got := req.Account.Snapshot().Outcome; got != test.outcome {
				t.Errorf("the account says %q", got)
			}
		})
	}
}

func TestLoadFailures(t *testing.T) {
	f := jsapitest.New(t).Start()
	for _, test := range []struct {
		name, source string
		outcome      hedge.Outcome
		message      string
	}{
		{"syntax error", "let a = 1;\nlet b == 2;", hedge.OutcomeStartupFailed, "SyntaxError: Unexpected token '=='"},
		{"throws", `throw new Error("at start-up")`, hedge.OutcomeStartupFailed, "at start-up"},
		{"missing module", `import "./gone.js"`, hedge.OutcomeStartupFailed, `no module "./gone.js"`},
		{"unknown builtin", `import "hedge:gone"`, hedge.OutcomeStartupFailed, `no module "hedge:gone"`},
		{"missing export", `import { gone } from "hedge:route"`, hedge.OutcomeStartupFailed, "gone"},
		{"no handler", `export const a = 1`, hedge.OutcomeNoHandler, "exports no handler"},
		{"handler is no function", `export default { fetch: "text" }`, hedge.OutcomeNoHandler, "exports no handler"},
		{"endless await", `await new Promise(() => {})`, hedge.OutcomeStartupFailed, "never finishes loading"},
		{"endless loop", `for (;;);`, hedge.OutcomeExceededCPU, "processor time"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := f.Runtime.Load(context.Background(), f.Release(test.source))
			if hedge.OutcomeOf(err) != test.outcome || err == nil || !strings.Contains(err.Error(), test.message) {
				t.Errorf("%s: %v; want %s: %s", hedge.OutcomeOf(err), err, test.outcome, test.message)
			}
		})
	}
	awaitIsolates(t, f, 0)
}

func awaitIsolates(t *testing.T, f *jsapitest.Fixture, n int) {
	t.Helper()
	jsapitest.Eventually(t, fmt.Sprintf("%d isolates are left", n), func() bool { return f.Runtime.Stats().Isolates == n })
}

func TestExceptionPlace(t *testing.T) {
	f := jsapitest.New(t).Start()
	_, err := f.App(jsapitest.Handler("const inner = () => { null.x };\ninner();")).RoundTrip(context.Background(), jsapitest.Request("GET", "/"))
	var he *hedge.Error
	if !asError(err, &he) || he.Exception == nil {
		t.Fatalf("%v", err)
	}
	first := he.Exception.Frames[0]
	if first.Function != "inner" || first.File != "main.js" || first.Line != 2 {
		t.Errorf("%+v", he.Exception.Frames)
	}
	for _, frame := range he.Exception.Frames {
		if strings.HasPrefix(frame.File, "hedge:") {
			t.Errorf("a frame of the runtime: %+v", frame)
		}
	}
}

func TestConsole(t *testing.T) {
	f := jsapitest.New(t).Start()
	app := f.App(jsapitest.Handler(`console.log("a %s", "b", { c: 1 }); console.error(new Error("oops").message); Promise.reject(new Error("unhandled")); return new Response("");`))
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "")
	text := f.Console.Text()
	for _, want := range []string{"a b { c: 1 }", "oops", "unhandled"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %q", want, text)
		}
	}
	if site := f.Console.All()[0].Site; site != "main.js:2:9" {
		t.Errorf("site %q", site)
	}
}

func TestWaitUntil(t *testing.T) {
	f := jsapitest.New(t)
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Start()
	app := f.App(`
		let done = "not yet", release;
		const gate = new Promise((r) => { release = r });
		export default { async fetch(request, env, ctx) {
			switch (new URL(request.url).pathname) {
			case "/start": ctx.waitUntil((async () => { await new Promise((r) => setTimeout(r, 1)); done = "done"; release() })()); return new Response("started");
			case "/wait": await Promise.race([gate, new Promise((r) => setTimeout(r, 5000))]); return new Response(done);
			}
		} }`)
	jsapitest.Want(t, app, jsapitest.Request("GET", "/start"), "started")
	jsapitest.Want(t, app, jsapitest.Request("GET", "/wait"), "done")
}

func TestHeadResponses(t *testing.T) {
	f := jsapitest.New(t).Start()
	app := f.App(jsapitest.Handler(`return new Response(null, { status: 204, headers: [["x-a", "1"], ["x-a", "2"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]] });`))
	res, err := app.RoundTrip(context.Background(), jsapitest.Request("GET", "/"))
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != 204 || res.Body != nil || len(res.Header.Values("Set-Cookie")) != 2 || res.Header.Joined("x-a") != "1, 2" {
		t.Errorf("%d %v %v", res.Status, res.Header, res.Body)
	}
}

// A client that goes away aborts request.signal and cancels the body's source.
func TestClientGone(t *testing.T) {
	f := jsapitest.New(t)
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 } // one log for all requests
	f.Start()
	app := f.App(`
		const log = [];
		export default { async fetch(request) {
			if (request.url.endsWith("/log")) return new Response(log.join(" "));
			request.signal.addEventListener("abort", () => log.push(request.signal.reason.name));
			return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(10)); return new Promise((r) => setTimeout(r, 1)) }, cancel() { log.push("cancelled") } }));
		} }`)
	ctx, cancel := context.WithCancel(context.Background())
	res, err := app.RoundTrip(ctx, jsapitest.Request("GET", "/"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(res.Body, make([]byte, 25)); err != nil {
		t.Fatal(err)
	}
	cancel()
	for { // the abort is posted by another goroutine
		if _, body, _ := jsapitest.Do(t, app, jsapitest.Request("GET", "/log")); strings.Contains(body, "AbortError") {
			break
		}
	}
	res.Body.Close()
	jsapitest.Want(t, app, jsapitest.Request("GET", "/log"), "AbortError cancelled")
}

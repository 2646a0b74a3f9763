package tests

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"hedge"
)

// Code that does not give back the processor is ended at its limit. Meanwhile other
// requests are served, of the same app and of another.
func TestFaultsRunAway(t *testing.T) {
	begins := make(chan struct{})
	gate := origin(t, func(http.ResponseWriter, *http.Request) { begins <- struct{}{} })
	cases := []struct{ name, path, body string }{
		{"infinite loop", "/loop", `for (;;);`},
		{"endless microtasks", "/microtasks", `const again = () => Promise.resolve().then(again); await again();`},
		{"backtracking", "/backtracking", `/^(a+)+$/.test("a".repeat(64) + "b");`},
		{"loop in a stream", "/stream", `return new Response(new ReadableStream({ pull() { for (;;); } }, { highWaterMark: 0 }).pipeThrough(new TransformStream({ start() { for (;;); } })));`},
		{"loop behind a catch", "/catch", `for (;;) { try { for (;;); } catch {} finally { for (;;); } }`},
	}
	bodies := map[string]string{"/fine": `return new Response("fine");`}
	for _, c := range cases {
		bodies[c.path] = fmt.Sprintf("await fetch(%q);\n%s", gate, c.body)
	}
	hungry := app{name: "hungry", hosts: []string{"hungry.example"}, config: "[limits]\ncpu = \"400ms\"\n", main: paths(bodies)}
	other := app{name: "other", main: answers("other")}
	p := serve(t, hungry.write(t), other.write(t))
	at := p.addr()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			over := make(chan answer, 1)
			go func() { over <- get(t, at, c.path, "Host", "hungry.example") }() // until it is answered
			receive(t, "the request", begins)
			served := 0
			for {
				get(t, at, "/").want(t, 200, "other")
				select {
				case page := <-over:
					if page.status != 503 || !contains(page.body, string(hedge.OutcomeExceededCPU)) {
						t.Errorf("the answer is %d %q, want 503 and %s", page.status, page.body, hedge.OutcomeExceededCPU)
					}
					if served == 0 {
						t.Error("nobody else was served before it ended")
					}
					p.access(c.path).want(t, 503, hedge.OutcomeExceededCPU)
					return
				default:
					served++
				}
				// One that came to the isolate just before the loop began waits for its end.
				get(t, at, "/fine", "Host", "hungry.example").want(t, 200, "fine")
			}
		})
	}
	p.mustRun()
}

// Code that takes more memory than it may is ended, and its isolate with it. The
// process lives, and the next request is fine.
func TestFaultsTakeMemory(t *testing.T) {
	cases := []struct{ name, path, body string }{
		{"array growth", "/array", `const a = []; for (;;) a.push({ a: 1, b: [a.length] });`},
		{"one array", "/one", `const a = []; for (let i = 0; ; i++) a[i] = i + 0.5;`},
		{"string growth", "/string", `const a = []; for (let i = 0; ; i++) a.push(("x" + i).repeat(1000).split("").join(""));`},
		{"map growth", "/map", `const m = new Map(); for (let i = 0; ; i++) m.set(i, { i });`},
		{"2 GiB of ArrayBuffers", "/buffers", `const a = []; for (let i = 0; i < 128; i++) a.push(new Uint8Array(16 << 20).fill(1)); return new Response("got it");`},
		{"2 GiB in one ArrayBuffer", "/buffer", `return new Response("" + new ArrayBuffer(2 ** 31).byteLength);`},
		{"a Wasm memory that grows", "/grow", `const m = new WebAssembly.Memory({ initial: 1 }); for (let i = 0; i < 100; i++) { m.grow(16); new Uint8Array(m.buffer).fill(1, i << 20); } return new Response("got it");`},
		{"a body of 2 GiB", "/body", `let n = 0; return new Response(await new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(16 << 20)); if (++n === 128) c.close(); } })).text());`},
	}
	bodies := map[string]string{
		"/fine": `return new Response("fine");`,
		"/wasm": `return new Response("" + new WebAssembly.Memory({ initial: 32768 }).buffer.byteLength);`,
	}
	for _, c := range cases {
		bodies[c.path] = c.body
	}
	hungry := app{name: "hungry", hosts: []string{"hungry.example"}, config: "[limits]\ncpu = \"60s\"\nmemory = \"64MiB\"\n", main: paths(bodies)}
	other := app{name: "other", main: answers("other")}
	p := serve(t, hungry.write(t), other.write(t))
	at := p.addr()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			res, err := try(newClient(t), at, "GET", c.path, "", "Host", "hungry.example")
			p.mustRun()
			must(t, err)
			defer res.Body.Close()
			if body, err := io.ReadAll(res.Body); res.StatusCode != 503 || !contains(string(body), string(hedge.OutcomeExceededMemory)) {
				t.Errorf("the answer is %d %.200q (%v), want 503 and %s", res.StatusCode, body, err, hedge.OutcomeExceededMemory)
			}
			p.access(c.path).want(t, 503, hedge.OutcomeExceededMemory)
			get(t, at, "/fine", "Host", "hungry.example").want(t, 200, "fine")
			get(t, at, "/").want(t, 200, "other")
		})
	}
	// A Wasm memory that is refused outright is a RangeError that code may catch
	// (WebAssembly JavaScript Interface, "create a memory buffer"), and costs nothing.
	t.Run("2 GiB in a Wasm memory", func(t *testing.T) {
		if page := get(t, at, "/wasm", "Host", "hungry.example"); page.status != 500 || !contains(page.body, string(hedge.OutcomeException)) {
			t.Errorf("the answer is %d %q, want 500 and %s", page.status, page.body, hedge.OutcomeException)
		}
		got := p.access("/wasm")
		got.want(t, 500, hedge.OutcomeException)
		if got.Exception.Name != "RangeError" {
			t.Errorf("the access log has a %s, want a RangeError", got.Exception.Name)
		}
	})
	p.mustRun()
}

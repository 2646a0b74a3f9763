package tests

import (
	"strings"
	"testing"

	"hedge"
)

func contains(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// Each way in which a handler can fail has a status and a word. The public learns no
// more than that, and the next request is fine.
func TestFaultsOfHandlers(t *testing.T) {
	cases := []struct {
		name, path, body string
		status           int
		outcome          hedge.Outcome
		log              string // what the log says
	}{
		{"throws", "/throw", `throw new RangeError("the password is 1234");`, 500, hedge.OutcomeException, "RangeError: the password is 1234"},
		{"throws later", "/later", `await new Promise((r) => setTimeout(r, 1)); throw new Error("the password is 1234");`, 500, hedge.OutcomeException, "the password is 1234"},
		{"throws no Error", "/text", `throw "the password is 1234";`, 500, hedge.OutcomeException, "the password is 1234"},
		{"returns nothing", "/nothing", ``, 500, hedge.OutcomeNoResponse, "undefined"},
		{"returns a string", "/string", `return "the password is 1234";`, 500, hedge.OutcomeNoResponse, "a string"},
		{"returns an object", "/object", `return { status: 200, body: "x" };`, 500, hedge.OutcomeNoResponse, "an object"},
		{"never settles", "/never", `await new Promise(() => {});`, 500, hedge.OutcomeHung, "never settle"},
		{"takes too long", "/late", `await new Promise((r) => setTimeout(r, 1e6));`, 504, hedge.OutcomeExceededWall, "limits.wall"},
		{"fetches too much", "/fetches", `for (;;) await fetch("http://127.0.0.1:1/").catch((e) => { if (e.message.includes("limits.subrequests")) throw e; });`, 500, hedge.OutcomeExceededFetches, "limits.subrequests"},
		{"recurses for ever", "/recursion", `const f = () => f() + 1; f();`, 500, hedge.OutcomeException, "RangeError: Maximum call stack size exceeded"},
		{"recurses for ever in a builtin", "/builtin", `const f = () => [0].map(f); f();`, 500, hedge.OutcomeException, ""},
		{"recurses for ever in a regular expression", "/regexp", `new RegExp("(".repeat(1e5) + ")".repeat(1e5)).test("a");`, 500, hedge.OutcomeException, ""},
		{"Atomics.wait", "/wait", `Atomics.wait(new Int32Array(new ArrayBuffer(8)), 0, 0);`, 500, hedge.OutcomeException, "TypeError"},
		{"SharedArrayBuffer", "/shared", `new SharedArrayBuffer(8);`, 500, hedge.OutcomeException, "ReferenceError: SharedArrayBuffer is not defined"},
		{"shared Wasm memory", "/wasm", `Atomics.wait(new Int32Array(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer), 0, 0, 1);`, 500, hedge.OutcomeException, "TypeError"},
	}
	bodies := map[string]string{"/fine": `return new Response("fine");`}
	for _, c := range cases {
		bodies[c.path] = c.body
	}
	faulty := app{name: "faulty", main: paths(bodies), config: "[limits]\ncpu = \"400ms\"\nwall = \"8s\"\nsubrequests = 3\n"}
	p := serve(t, faulty.write(t))
	at := p.addr()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			page := get(t, at, c.path)
			if page.status != c.status || !contains(page.body, string(c.outcome)) || contains(page.body, "1234") || contains(page.body, "main.js") {
				t.Errorf("the answer is %d %q, want %d and no more than the word %s", page.status, page.body, c.status, c.outcome)
			}
			got := p.access(c.path)
			got.want(t, c.status, c.outcome)
			if text := got.Error + got.Exception.Name + ": " + got.Exception.Message; !contains(text, c.log) {
				t.Errorf("the log says %q, and not %q", text, c.log)
			}
			get(t, at, "/fine").want(t, 200, "fine")
		})
	}
	p.mustRun()
}

// What would end a field, or a line, is a TypeError wherever a field can be set, and
// nothing of it reaches the wire.
func TestFaultsInFields(t *testing.T) {
	main := paths(map[string]string{
		"/all": `
			const failures = [];
			for (const bad of ["a\rb", "a\nb", "a\r\nSet-Cookie: c=d", "a\0b", "a\r\n b"]) {
				for (const set of [
					() => new Headers({ x: bad }), () => new Headers([["x", bad]]), () => new Headers().append("x", bad), () => new Headers().set("x", bad),
					() => new Headers({ [bad]: "x" }), () => new Response("", { headers: { x: bad } }), () => new Request("http://a/", { headers: { x: bad } }),
					() => new Response("", { statusText: bad }), () => Response.json(1, { headers: { x: bad } }), () => new Request("http://a/", { method: bad }),
				]) {
					try { set(); failures.push(JSON.stringify(bad) + ": " + set); } catch (e) { if (!(e instanceof TypeError)) failures.push(e + ": " + set); }
				}
				await fetch("http://127.0.0.1:1/", { headers: { x: bad } }).then(() => failures.push("fetch"), (e) => { if (!(e instanceof TypeError) || e.message.includes("127.0.0.1")) failures.push("fetch: " + e); });
			}
			return new Response(failures.join("\n"));`,
		"/one": `return new Response("", { headers: { x: url.searchParams.get("value") } });`,
	})
	p := serve(t, app{name: "fields", main: main}.write(t))
	at := p.addr()
	get(t, at, "/all").want(t, 200, "")
	page := get(t, at, "/one?value=a%0D%0ASet-Cookie:%20c=d")
	if page.status != 500 || len(page.header["Set-Cookie"]) > 0 || len(page.header["X"]) > 0 {
		t.Errorf("the answer is %d %v", page.status, page.header)
	}
	if got := p.access("/one?value=a%0D%0ASet-Cookie:%20c=d"); got.Exception.Name != "TypeError" || got.Outcome != hedge.OutcomeException {
		t.Errorf("the access log has %+v", got)
	}
}

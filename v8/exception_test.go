package v8

import (
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf8"

	"hedge"
)

// A description is taken without running code of the app: whatever is hostile in
// these calls ran(), which counts.
func TestExceptions(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"error", `function f() { return new TypeError("wrong") }; const g = () => f(); describe(g());`, "TypeError: wrong\n    at f (module0.js:2:23)\n    at g (module0.js:2:65)\n    at module0.js:2:79"},
		{"method", `class A { m() { describe(new Error("in")) } }; new A().m();`, "Error: in\n    at m (module0.js:2:26)\n    at module0.js:2:56"},
		{"no message", `describe(new RangeError)`, "RangeError\n    at module0.js:2:10"},
		{"string", `describe("just text")`, "just text"},
		{"string that looks uncaught", `describe("Uncaught text")`, "Uncaught text"},
		{"number", `describe(-0)`, "0"},
		{"undefined", `describe(undefined)`, "undefined"},
		{"null", `describe(null)`, "null"},
		{"symbol", `describe(Symbol("s"))`, "Symbol(s)"},
		{"bigint", `describe(7n)`, "7"},
		{"object", `describe({ message: "not shown" })`, "#<Object>"},
		{"function", `describe(function f() {})`, "function f() {}"},
		{"class instance", `class Failure { constructor() { this.message = "m" } }; describe(new Failure)`, "#<Failure>"},
		{"subclass", `class NotFound extends Error {}; describe(new NotFound("it"))`, "NotFound: it\n    at module0.js:2:43"},
		{"subclass of a subclass", `class A extends TypeError {}; class B extends A {}; describe(new B("it"))`, "TypeError: it\n    at module0.js:2:62"},
		{"own name", `const e = new Error("m"); e.name = "Named"; describe(e)`, "Named: m\n    at module0.js:2:11"},
		{"name that is no string", `const e = new Error("m"); e.name = 7; e.message = {}; describe(e)`, "Error\n    at module0.js:2:11"},
		{"override", `const e = new Error("m"); describe(e, "Other", "text")`, "Other: text\n    at module0.js:2:11"},
		{"override of a string", `describe("thrown", "Other", "text")`, "Other: text"},
		{
			"causes", `const f = (n) => n ? new Error("e" + n, { cause: f(n - 1) }) : "the root"; describe(f(2))`,
			"Error: e2\n    at f (module0.js:2:22)\n    at module0.js:2:85\n  cause: Error: e1\n      at f (module0.js:2:22)\n      at f (module0.js:2:50)\n      at module0.js:2:85\n    cause: the root",
		},
		{
			"cyclic cause", `const e = new Error("round"); e.cause = e; Error.stackTraceLimit = 0; e.stack; describe(e)`,
			"Error: round\n    at module0.js:2:11\n  cause: Error: round\n      at module0.js:2:11\n    cause: Error: round\n        at module0.js:2:11\n      cause: Error: round\n          at module0.js:2:11\n        cause: Error: round\n            at module0.js:2:11",
		},
		{"no stack", `Error.stackTraceLimit = 0; describe(new Error("m"))`, "Error: m\n    at module0.js:2:37"},
		{"JSON", `const f = () => { try { JSON.parse("{bad") } catch (e) { describe(e) } }; f()`, "SyntaxError: Expected property name or '}' in JSON at position 1 (line 1 column 2)\n    at f (module0.js:2:30)\n    at module0.js:2:75"},
		{"aggregate", `describe(new AggregateError([new Error("a")], "several"))`, "AggregateError: several\n    at module0.js:2:10"},

		{"getter for a name", `class E extends Error { get name() { ran() } }; describe(new E("m"))`, "E: m\n    at module0.js:2:58"},
		{"getters", `const e = new Error("m"); for (const k of ["name", "message", "cause", "stack"]) Object.defineProperty(e, k, { get: ran }); describe(e)`, "Error\n    at module0.js:2:11"},
		{"getters that throw", `const e = new Error("m"); for (const k of ["name", "message", "cause", "toString"]) Object.defineProperty(e, k, { get() { ran(); throw 1 } }); describe(e)`, "Error\n    at module0.js:2:11"},
		{"toString", `describe({ toString: ran, valueOf: ran, [Symbol.toPrimitive]: ran, get constructor() { ran() }, get [Symbol.toStringTag]() { ran() } })`, "[object Object]"},
		{"toString of a prototype", `class A { get toString() { ran() } static get name() { ran() } }; describe(new A)`, "[object Object]"},
		{"proxy", `const handler = new Proxy({}, { get: ran, has: ran }); describe(new Proxy(new Error("m"), handler))`, "Error: m"},
		{"proxy, revoked", `const p = Proxy.revocable({}, {}); p.revoke(); describe(p.proxy)`, "null"},
		{"proxy for a prototype", `const e = new Error; delete e.message; Object.setPrototypeOf(e, new Proxy({}, { get: ran, getPrototypeOf: ran, getOwnPropertyDescriptor: ran })); describe(e)`, "Error\n    at module0.js:2:11"},
		{"proxy for a cause", `describe(new Error("m", { cause: new Proxy({}, { get: ran, getPrototypeOf: ran, getOwnPropertyDescriptor: ran }) }))`, "Error: m\n    at module0.js:2:10\n  cause: #<Object>"},
		{"Object.prototype", `const hostile = { __proto__: null, get: ran, set: ran, configurable: true };
for (const k of ["value", "get", "set", "enumerable", "writable", "configurable", "name", "message"]) Object.defineProperty(Object.prototype, k, hostile);
const e = new Error("m"); delete e.message; Object.defineProperty(e, "name", hostile); describe(e)`, "Error\n    at module0.js:4:11"},
		{"prepareStackTrace", `Error.prepareStackTrace = ran; describe(new Error("m"))`, "Error: m\n    at module0.js:2:41"},
		{"names of functions", `const f = { ["x"]() { describe(new Error("m")) } }.x; Object.defineProperty(f, "name", { get: ran }); f()`, "Error: m\n    at f (module0.js:2:32)\n    at module0.js:2:103"},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := newIsolate(t)
			out := i.module("let n = 0; const ran = () => { n++ };\n" + test.source + "\n;say('ran ' + n)")
			list := i.exceptions(out)
			if len(list) != 1 || !strings.Contains(out, "ran 0\n") {
				t.Fatalf("said %s", out)
			}
			if got := list[0].Trace(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestExceptionPlace(t *testing.T) {
	i := newIsolate(t)
	out := i.module("let a = 1;\n  let b == 2;\n")
	list := i.exceptions(out)
	if len(list) != 1 {
		t.Fatalf("said %s", out)
	}
	x := list[0]
	at := hedge.Frame{File: "module0.js", Line: 2, Column: 9}
	if x.Name != "SyntaxError" || x.SourceLine != "  let b == 2;" || len(x.Frames) != 1 || x.Frames[0] != at {
		t.Errorf("%+v", x)
	}
	x = i.exceptions(i.module("\n\tthrow new Error('here')"))[0]
	at = hedge.Frame{File: "module1.js", Line: 2, Column: 8}
	if x.SourceLine != "\tthrow new Error('here')" || x.Frames[0] != at {
		t.Errorf("%+v", x)
	}
}

// A place in what JSON.parse was given is nobody's: neither it nor a line of the text is shown.
func TestExceptionInJSON(t *testing.T) {
	i := newIsolate(t)
	x := i.exceptions(i.module("const read = (text) => JSON.parse(text);\nread('{\\n\"password\": secret }')"))[0]
	if x.Name != "SyntaxError" || x.SourceLine != "" || len(x.Frames) != 2 || x.Frames[0] != (hedge.Frame{Function: "read", File: "module0.js", Line: 1, Column: 29}) {
		t.Errorf("%+v", x)
	}
}

// What is long is cut off between characters, and the number of frames is bounded.
func TestLongException(t *testing.T) {
	i := newIsolate(t)
	x := i.exceptions(i.module(`Error.stackTraceLimit = 1000;
const f = (n) => n ? f(n - 1) : new Error("x" + "é".repeat(1e6));
const e = f(100); e.name = "日".repeat(1e5); describe(e)`))[0]
	for _, text := range []string{x.Name, x.Message} {
		if len(text) < 1000 || len(text) > 16<<10 || !utf8.ValidString(text) {
			t.Errorf("%d bytes, %q…", len(text), text[:8])
		}
	}
	if len(x.Frames) != 32 {
		t.Errorf("%d frames", len(x.Frames))
	}
}

// Rejections as the runtime is told of them: the event (0 nobody handles it, 1 it is
// handled after all, 2 rejected and 3 resolved again) and the reason. Settle is
// called in the same turn, again for what comes up meanwhile.
func TestRejections(t *testing.T) {
	i := newIsolate(t)
	i.module(`globalThis.sayRejections = true`)
	for _, test := range []struct{ name, source, want string }{
		{"unhandled", `Promise.reject(7)`, "exports \nrejection 0 7\n"},
		{"handled at once", `Promise.reject(7).catch(() => say("caught"))`, "caught\nexports \nrejection 0 7\nrejection 1 undefined\n"},
		{"handled later", `const p = Promise.reject(7); globalThis.later = () => p.catch((e) => say("caught " + e))`, "exports \nrejection 0 7\n"},
		{"rejected again, resolved again", `new Promise((ok, no) => { ok(1); no(2); ok(3) })`, "exports \nrejection 2 2\nrejection 3 3\n"},
		{"marked", `const p = new Promise((ok, no) => { globalThis.no = no }); host.markHandled(p); no(1)`, "exports \n"},
		{"while settling", `Promise.reject({ toString() { Promise.reject("second"); return "first" } })`, "exports \nrejection 0 second\nrejection 0 first\n"},
	} {
		if got := i.module(test.source); got != test.want {
			t.Errorf("%s: said %q", test.name, got)
		}
	}
	if got := i.run("call later"); got != "caught 7\nrejection 1 undefined\n" {
		t.Errorf("a handler that is added later: said %q", got)
	}
}

func FuzzDecodeException(f *testing.F) {
	i := newIsolate(f)
	for _, source := range []string{`describe(new Error("m", { cause: new TypeError("c") }))`, `describe("text")`} {
		line := i.module(source)
		digits, _, _ := strings.Cut(strings.TrimPrefix(line, "exception "), "\n")
		seed, err := hex.DecodeString(digits)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := DecodeException(b)
		if (x == nil) == (err == nil) {
			t.Fatalf("%v and %v", x, err)
		}
		if x != nil && len(x.Trace()) > 100*len(b)+1000 {
			t.Fatalf("%d bytes became %d", len(b), len(x.Trace()))
		}
	})
}

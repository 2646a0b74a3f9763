package v8

import (
	"strings"
	"testing"
)

// terminated runs a turn that is ended from another goroutine once it has evaluated
// import.meta.
func (i *testIsolate) terminated(in string) Result {
	i.t.Helper()
	seq := i.seq + 1
	go func() {
		<-i.host.reached
		i.Terminate(seq)
	}()
	r := i.turn(in)
	if r.Status != Terminated || r.OutOfMemory || len(r.Out) != 0 {
		i.t.Fatalf("%s: %v, out of memory %v, %q", in, r.Status, r.OutOfMemory, r.Out)
	}
	return r
}

func TestTerminate(t *testing.T) {
	for _, test := range []struct{ name, source string }{
		{"loop", `import.meta; for (;;);`},
		{"loop in try", `import.meta; for (;;) { try { for (;;); } catch {} finally { continue } }`},
		{"allocating loop", `import.meta; for (;;) { let o = {}; for (let i = 0; i < 3; i++) o[i] = [i]; }`},
		{"microtasks", `import.meta; const f = () => Promise.resolve().then(f); f();`},
		{"async loop", `import.meta; (async () => { for (;;) await 0; })()`},
		{"expression", `import.meta; /^(a+)+$/.test("a".repeat(50) + "b")`},
		{"sort", `import.meta; new Array(100).fill(0).sort(() => { for (;;); })`},
		{"generator", `import.meta; for (const x of (function* () { for (;;) yield 1 })());`},
		{"callback of a rejection", `Promise.reject({ toString() { import.meta; for (;;); } })`},
		{"getter in structuredClone", `host.structuredClone({ get a() { import.meta; for (;;); } }, [])`},
		{"getter in an export", `import.meta; await import("loops.js")`},
		{"top-level await", `await 0; import.meta; for (;;);`},
		{"recursion", `import.meta; const f = () => { try { f() } finally { f() } }; f()`},
		{"wasm", `import.meta; new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,103,0,0,10,9,1,7,0,3,64,12,0,11,11]))).exports.g()`},
		{"finalization registry", `const r = new FinalizationRegistry(() => { if (looped) return; looped = true; import.meta; for (;;); });
let looped = false;
(() => { for (let i = 0; i < 1e4; i++) r.register({}, i); })();
globalThis.collect = () => {}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := newIsolate(t)
			i.AddModule("loops.js", ModuleJS, []byte(`for (;;);`), nil)
			in := i.add(test.source)
			if strings.HasPrefix(test.name, "finalization") {
				i.run(in)
				i.CollectGarbage()
				in = "call collect"
			}
			i.terminated(in)
			// What was ended is over, and the isolate itself is sound.
			i.expect(`say("alive")`, "alive")
		})
	}
}

func TestLateTerminate(t *testing.T) {
	i := newIsolate(t)
	i.run("")
	i.Terminate(i.seq)     // has ended
	i.Terminate(i.seq + 5) // has not begun
	i.Terminate(0)
	for range 3 {
		i.expect(`for (let i = 0; i < 1e5; i++); say("whole")`, "whole")
	}
}

// However a termination and the end of a turn fall together, the next turn is whole.
func TestTerminateRace(t *testing.T) {
	i := newIsolate(t)
	i.module(`globalThis.work = () => { let x = 0; for (let i = 0; i < 2000; i++) x += i; say("done"); }`)
	for range 300 {
		sent := make(chan struct{})
		go func(seq uint64) {
			i.Terminate(seq)
			close(sent)
		}(i.seq + 1)
		if r := i.turn("call work"); (r.Status == OK) != (string(r.Out) == "done\n") {
			t.Fatalf("%v with %q", r.Status, r.Out)
		}
		<-sent
		if got := i.run("call work"); got != "done\n" {
			t.Fatalf("said %q", got)
		}
	}
}

func TestRecursion(t *testing.T) {
	i := newIsolate(t)
	i.expect(`const f = () => 1 + f(); try { f() } catch (e) { say(e) }`, "RangeError: Maximum call stack size exceeded")
	i.expect(`const a = []; for (let b = a, i = 0; i < 1e5; i++) { b.push([]); b = b[0] } try { JSON.stringify(a) } catch (e) { say(e) }`, "RangeError: Maximum call stack size exceeded")
	i.expect(`try { new RegExp("(".repeat(1e5) + ")".repeat(1e5)) } catch (e) { say(e.name) }`, "SyntaxError")
	i.expect(`let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; try { host.structuredClone(o, []) } catch (e) { say(e) }`, "RangeError: Maximum call stack size exceeded")
}

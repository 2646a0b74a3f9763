package v8

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// growingWasm has one function, g, which grows its memory by 100 pages for ever.
const growingWasm = `[0,97,115,109,1,0,0,0, 1,4,1,96,0,0, 3,2,1,0, 5,3,1,0,1, 7,5,1,1,103,0,0,
	10,15,1,13,0, 3,64, 65,228,0, 64,0, 26, 12,0, 11, 11]`

// fillingWasm has one function, g, which grows its memory by 8,000 pages, then
// writes 1 KiB, and loops.
const fillingWasm = `[0,97,115,109,1,0,0,0, 1,4,1,96,0,0, 3,2,1,0, 5,3,1,0,1, 7,5,1,1,103,0,0,
	10,25,1,23,0, 65,192,62, 64,0, 26, 3,64, 65,0, 65,1, 65,128,8, 252,11,0, 12,0, 11, 11]`

// Whatever an app does, the turn ends as out of memory, and so does every turn
// after it; the process and the other isolates live.
func TestOutOfMemory(t *testing.T) {
	witness := newIsolate(t)
	for _, test := range []struct{ name, source string }{
		{"objects", `const l = []; for (;;) l.push({ a: 1 });`},
		{"everything caught", `const l = []; for (;;) try { for (;;) l.push({ a: 1 }); } catch {}`},
		{"allocating in finally", `const l = []; const f = () => { try { for (;;) l.push(new Array(1e6).fill(1.5)); } finally { f(); } }; f();`},
		{"one large array", `globalThis.l = new Array(1e7).fill(1.5);`},
		{"builtin that makes objects", `globalThis.l = Array.from({ length: 1e7 }, () => ({}));`},
		{"split", `globalThis.l = "abc".repeat(1e7).split("");`},
		{"JSON", `globalThis.l = JSON.parse("[" + "1,".repeat(1e7) + "1]");`},
		{"join", `globalThis.l = new Array(3e5).fill("y".repeat(500)).join(",");`},
		{"strings", `let s = "x".repeat(1e6); const l = []; for (;;) l.push((s += s.slice(1)).toUpperCase());`},
		{"concatenation", `let a = [1, {}]; for (;;) a = a.concat(a);`},
		{"map", `const m = new Map(); for (let i = 0; ; i++) m.set(i, i);`},
		{"numbers", `let a = 1n << (1n << 28n); const l = []; for (;;) l.push(a += 1n);`},
		{"promises", `const f = () => { Promise.resolve().then(f); Promise.resolve().then(f); }; f();`},
		{"resizable buffer", `const b = new ArrayBuffer(0, { maxByteLength: 2 ** 30 }); for (;;) b.resize(b.byteLength + 2 ** 22);`},
		{"resizable buffers", `const l = []; for (;;) l.push(new ArrayBuffer(2 ** 22, { maxByteLength: 2 ** 23 }));`},
		{"Wasm memory", `globalThis.m = new WebAssembly.Memory({ initial: 2000 });`},
		{"Wasm memory, filled at once", `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(` + fillingWasm + `))).exports.g();`},
		{"Wasm memories", `const l = []; for (;;) l.push(new WebAssembly.Memory({ initial: 100 }));`},
		{"Wasm memory, grown", `const m = new WebAssembly.Memory({ initial: 1 }); for (;;) m.grow(100);`},
		{"Wasm memory, grown inside", `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(` + growingWasm + `))).exports.g();`},
		{"heap beside ArrayBuffers", `const b = new ArrayBuffer(8 << 20); const l = []; for (;;) l.push({ a: 1 });`},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := newIsolateOf(t, testMemory/4)
			for _, in := range []string{i.add(test.source), ""} {
				if r := i.turn(in); r.Status != Terminated || !r.OutOfMemory || len(r.Out) != 0 {
					t.Fatalf("%v, out of memory %v, %q; %+v", r.Status, r.OutOfMemory, r.Out, i.MeasureMemory())
				}
			}
			witness.expect(`say("alive")`, "alive")
		})
	}
}

// An ArrayBuffer for which there is no room is a RangeError that an app can catch.
func TestArrayBufferLimit(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"one of 2 GiB", `new ArrayBuffer(2 ** 31)`, "RangeError"},
		{"one of 2 GiB, typed", `new Uint8Array(2 ** 31)`, "RangeError"},
		{"one above the limit", `new ArrayBuffer(65 << 20)`, "RangeError"},
		{"many", `for (;;) l.push(new ArrayBuffer(1 << 20))`, "RangeError"},
		{"copies", `l.push(new ArrayBuffer(20 << 20)); for (;;) l.push(l[0].slice())`, "RangeError"},
		{"transfer to more", `l.push(new ArrayBuffer(1 << 20).transfer(65 << 20))`, "RangeError"},
		{"resizable, from the start", `new ArrayBuffer(2 ** 29, { maxByteLength: 2 ** 40 })`, "RangeError"},
		{"clone", `l.push(new Uint8Array(40 << 20)); host.structuredClone(l[0], [])`, "DataCloneError"},
		{"clone of many strings", `host.structuredClone(new Array(3000).fill("x".repeat(1 << 20)), [])`, "DataCloneError"},
		{"UTF-8", `l.push(new ArrayBuffer(60 << 20)); host.utf8Encode("x".repeat(5 << 20))`, "RangeError"},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := newIsolate(t)
			i.expect(`globalThis.l = []; try { `+test.source+`; say("fits") } catch (e) { say(e.name) }`, test.want)
			// The little that V8 itself needs is still there.
			i.expect(`say(new Uint8Array(8).buffer.byteLength + new TextBytes().length);
function TextBytes() { return host.utf8Encode("text"); }`, "12")
		})
	}
}

// At the limit V8 still gets the memory without which it ends the process, and what
// is let go of can be had again.
func TestArrayBuffersGivenBack(t *testing.T) {
	i := newIsolate(t)
	base := i.Memory().External
	fill := `globalThis.l = [];
for (const size of [1 << 20, 1 << 10, 100]) try { for (;;) l.push(new ArrayBuffer(size)); } catch {}
for (let i = 0; i < 1e4; i++) l.push(new Uint8Array(8).buffer);
say(l.length > 1e4);`
	for range 3 {
		i.expect(fill, "true")
		if used := i.Memory().External; used < testMemory*9/10 {
			t.Errorf("%d bytes are in use", used)
		}
		i.module(`l = null`)
		i.awaitExternal(base + 1<<16)
	}
	if !i.turn("").MemoryRefused {
		t.Error("nothing was refused")
	}
}

// Nothing has been refused to an app that gets its ArrayBuffer once garbage is collected.
func TestArrayBuffersBesideGarbage(t *testing.T) {
	i := newIsolate(t)
	i.expect(`let n = 0; for (let i = 0; i < 20; i++) n += new ArrayBuffer(40 << 20).byteLength > 0; say(n);`, "20")
	if i.turn("").MemoryRefused {
		t.Error("something was refused")
	}
	i.expect(`try { new ArrayBuffer(65 << 20) } catch (e) { say(e.name) }`, "RangeError")
	if !i.turn("").MemoryRefused {
		t.Error("nothing was refused")
	}
}

// What was refused for good stays so when the next buffer of that size is granted.
func TestArrayBuffersOfOneSize(t *testing.T) {
	i := newIsolate(t)
	i.expect(`let kept = new ArrayBuffer(40 << 20);
try { new ArrayBuffer(40 << 20) } catch (e) { say(e.name) }
kept = null;
say(new ArrayBuffer(40 << 20).byteLength >> 20);`, "RangeError", "40")
	if !i.turn("").MemoryRefused {
		t.Error("nothing was refused")
	}
}

// Nor has a clone, which V8 does not ask for again.
func TestCloneBesideGarbage(t *testing.T) {
	i := newIsolate(t)
	const garbage = `(() => { new ArrayBuffer(50 << 20); })();`
	i.expect(garbage+`say(host.structuredClone(new Uint8Array(10 << 20), []).length);`, "10485760")
	i.expect(garbage+`let n = 0;
const value = { get a() { n++; return new Map([["key", new Uint8Array(10 << 20)]]); } };
say(host.structuredClone(value, []).a.size);
try { host.structuredClone({ get a() { n++; throw new RangeError("mine"); } }, []); } catch (e) { say(e.message); }`, "1", "mine")
	if i.turn("").MemoryRefused {
		t.Error("something was refused")
	}
	i.expect(`try { host.structuredClone(new Array(3000).fill("x".repeat(1 << 20)), []); } catch (e) { say(e.name); }`, "DataCloneError")
	if !i.turn("").MemoryRefused {
		t.Error("nothing was refused")
	}
}

// What the boxes had to grow by for one turn is the app's again in the next.
func TestBoxesAreGivenBack(t *testing.T) {
	i := newIsolate(t)
	const room = `say(new ArrayBuffer(50 << 20).byteLength >> 20);`
	for range 2 {
		if n := len(i.module(`say("x".repeat(10 << 20));`)); n < 10<<20 {
			t.Errorf("it said %d bytes", n)
		}
		i.expect(room, "50")
		i.run("echo " + strings.Repeat("x", 10<<20))
		i.expect(room, "50")
	}
	if i.turn("").MemoryRefused {
		t.Error("something was refused")
	}
}

// awaitExternal collects garbage until at most so many bytes are in ArrayBuffers. One
// collection need not do: V8 optimizes hot code on a thread of its own, and what that
// code refers to is not garbage before the thread is done with it.
func (i *testIsolate) awaitExternal(most int64) {
	i.t.Helper()
	for tries := 1000; ; tries-- {
		i.CollectGarbage()
		used := i.Memory().External
		if used <= most {
			return
		}
		if tries == 0 {
			i.t.Fatalf("%d bytes are in use, and should be %d at most", used, most)
		}
		runtime.Gosched()
	}
}

// Garbage does not count: an app that lives near its limit lives on.
func TestGarbage(t *testing.T) {
	i := newIsolate(t)
	i.expect(`let n = 0;
const kept = new Array(1e5).fill(0).map(() => ({ a: [] }));
for (let i = 0; i < 100; i++) n += new ArrayBuffer(20 << 20).byteLength > 0;
for (let i = 0; i < 50; i++) n += new Array(1e5).fill(1.5).length > 0;
for (let i = 0; i < 5; i++) n += new ArrayBuffer(1 << 20, { maxByteLength: 30 << 20 }).resize(20 << 20) === undefined;
for (let i = 0; i < 5; i++) n += new WebAssembly.Memory({ initial: 300 }).buffer.byteLength > 0;
say(n + " " + kept.length);`, "160 100000")
}

// What the heap takes for a moment in one piece counts, whether it is garbage at the end
// of the turn or collected before.
func TestOneLargeObject(t *testing.T) {
	const long = `let text = "0123456789abcdef"; while (text.length < 2 ** 28) text += text; const last = text.charCodeAt(text.length - 1);`
	for name, source := range map[string]string{
		"at the end":       long,
		"collected before": long + `text = ""; for (let i = 0; i < 200; i++) new Array(1e5).fill(1.5);`,
	} {
		t.Run(name, func(t *testing.T) {
			i := newIsolate(t)
			i.AddModule("m.js", ModuleJS, []byte(`(() => {`+source+`})();`), nil)
			if r := i.turn("import m.js"); !r.OutOfMemory {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// Isolates that have been closed leave nothing behind.
func TestManyIsolates(t *testing.T) {
	snapshot, err := testSnapshot()
	if err != nil {
		t.Fatal(err)
	}
	churn := func(n int) {
		for range n {
			i := NewIsolate(snapshot, testMemory, testHost{})
			i.AddModule("m.js", ModuleJS, []byte("export const a = new Uint8Array(1000)"), nil)
			i.Turn([]byte("import m.js"), time.Now(), 1)
			i.Close()
		}
	}
	churn(100)
	before := residentBytes(t)
	churn(400)
	if after := residentBytes(t); after > before+before/20 {
		t.Errorf("%d KiB resident before, %d after", before>>10, after>>10)
	}
}

func residentBytes(t testing.TB) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip(err)
	}
	pages, err := strconv.ParseInt(string(bytes.Fields(b)[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

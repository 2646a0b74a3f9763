package v8

import (
	"strings"
	"testing"
)

// addWasm exports add(i32, i32).
const addWasm = "\x00asm\x01\x00\x00\x00" +
	"\x01\x07\x01\x60\x02\x7f\x7f\x01\x7f" + // type: (i32, i32) -> i32
	"\x03\x02\x01\x00" + // function 0 is of type 0
	"\x07\x07\x01\x03add\x00\x00" + // export it
	"\x0a\x09\x01\x07\x00\x20\x00\x20\x01\x6a\x0b" // local.get 0, local.get 1, i32.add

func TestModules(t *testing.T) {
	modules := map[string]string{
		"count.js":   `export let n = 0; export const next = () => ++n;`,
		"even.js":    `import { odd } from "odd.js"; export const even = (n) => n === 0 || odd(n - 1);`,
		"odd.js":     `import { even } from "even.js"; export const odd = (n) => n !== 0 && even(n - 1);`,
		"throws.js":  `throw new RangeError("thrown at the top");`,
		"syntax.js":  "let a = 1;\n  let b == 2;",
		"awaits.js":  `export const value = await Promise.resolve(7);`,
		"pending.js": `await new Promise(() => {});`,
		"rejects.js": `await Promise.reject(new Error("awaited"));`,
		"broken.js":  `import "missing";`,
		"noname.js":  `import { nothing } from "count.js";`,
		"default.js": `export default 1; export const b = 2;`,
	}
	for _, test := range []struct {
		name, source string
		want         []string
	}{
		{"static", `import { next } from "count.js"; say(next() + " " + next());`, []string{"1 2"}},
		{"one instance", `import { next } from "count.js"; const again = await import("count.js"); next(); say(again.n + " " + (await import("count.js") === again));`, []string{"1 true"}},
		{"cycle", `import { even } from "even.js"; say(even(10));`, []string{"true"}},
		{"top-level await", `import { value } from "awaits.js"; say(value);`, []string{"7"}},
		{"dynamic", `const m = await import("default.js"); say(m.default + m.b);`, []string{"3"}},
		{"dynamic, itself", `import("module0.js").then((m) => say(Object.keys(m))); export const self = 1;`, []string{"exports self", "self"}},
		{"dynamic, not settled", `import("pending.js").then(() => say("never"));`, nil},
		{"dynamic, throws", `try { await import("throws.js") } catch (e) { say(e) }`, []string{"RangeError: thrown at the top"}},
		{"dynamic, throws twice", `for (let i = 0; i < 2; i++) try { await import("throws.js") } catch (e) { say(e) }`, []string{"RangeError: thrown at the top", "RangeError: thrown at the top"}},
		{"dynamic, rejects", `try { await import("rejects.js") } catch (e) { say(e) }`, []string{"Error: awaited"}},
		{"dynamic, syntax", `for (let i = 0; i < 2; i++) try { await import("syntax.js") } catch (e) { say(e) }`, []string{"SyntaxError: Unexpected token '=='", "SyntaxError: Unexpected token '=='"}},
		{"dynamic, missing", `try { await import("missing") } catch (e) { say(e) }`, []string{`TypeError: There is no module "missing" (imported by "module0.js")`}},
		{"dynamic, not in the release", `try { await import("other") } catch (e) { say(e) }`, []string{`TypeError: There is no module "other"`}},
		{"dynamic, imports what is missing", `for (let i = 0; i < 2; i++) try { await import("broken.js") } catch (e) { say(e) }`, []string{`TypeError: There is no module "missing" (imported by "broken.js")`, `TypeError: There is no module "missing" (imported by "broken.js")`}},
		{"no such export", `try { await import("noname.js") } catch (e) { say(e) }`, []string{"SyntaxError: The requested module 'count.js' does not provide an export named 'nothing'"}},
		{"hostile specifier", `try { await import({ toString() { throw "no" } }) } catch (e) { say(e) }`, []string{"no"}},
		{"hostile promises", `Promise.prototype.constructor = { [Symbol.species]: function (f) { f(() => {}, () => {}); return {}; } };
try { import("count.js") } catch (e) { say(e) }
delete Promise.prototype.constructor; Promise.prototype.constructor = Promise;`, []string{"TypeError: Promise[Symbol.species] makes no promises"}},
		{"meta", `say(import.meta.url + " " + Object.keys(import.meta));`, []string{"file:///module0.js url"}},
		{"builtin", `import { answer, greet } from "hedge:test"; say(greet("you") + answer);`, []string{"hello you42"}},
		{"builtin twice", `import * as a from "hedge:test"; say(a === await import("hedge:test"));`, []string{"true"}},
		{"builtin, unknown", `for (let i = 0; i < 2; i++) try { await import("hedge:nothing") } catch (e) { say(e) }`, []string{`TypeError: There is no module "hedge:nothing"`, `TypeError: There is no module "hedge:nothing"`}},
		{"builtin, throws", `for (let i = 0; i < 2; i++) try { await import("hedge:broken") } catch (e) { say(e) }`, []string{"Error: broken builtin", "Error: broken builtin"}},
		{"wasm", `import wasm from "add.wasm"; say(wasm instanceof WebAssembly.Module); say(new WebAssembly.Instance(wasm).exports.add(2, 3));`, []string{"true", "5"}},
		{"wasm, compiled by the app", `const { instance } = await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])); say(instance);`, []string{"[object WebAssembly.Instance]"}},
		{"wasm, malformed", `try { await import("bad.wasm") } catch (e) { say(e.name) }`, []string{"CompileError"}},
		{"name that is no UTF-8", `try { await import("\ud800") } catch (e) { say(e) }`, []string{"TypeError: There is no module \"\ufffd\""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := newIsolate(t)
			for name, source := range modules {
				i.AddModule(name, ModuleJS, []byte(source), nil)
			}
			i.AddModule("add.wasm", ModuleWasm, []byte(addWasm), nil)
			i.AddModule("bad.wasm", ModuleWasm, []byte(addWasm[:12]), nil)
			i.t = t
			i.expect(test.source, test.want...)
		})
	}
}

func TestModuleCache(t *testing.T) {
	source := []byte(`const table = { a: 1 }; export function f(x) { return x + table.a; } say("ran " + f(1));`)
	first := newIsolate(t)
	first.AddModule("m.js", ModuleJS, source, nil)
	if first.ModuleCache("m.js", source) != nil {
		t.Error("there is a cache of a module that has not been imported")
	}
	first.run("import m.js")
	first.run("import hedge:test")
	cache := first.ModuleCache("m.js", source)
	if len(cache) == 0 {
		t.Fatal("no cache")
	}
	for _, name := range []string{"other.js", "hedge:test"} {
		if first.ModuleCache(name, source) != nil {
			t.Errorf("there is a cache of %s", name)
		}
	}
	imports := func(name string, source, cache []byte, want string) {
		t.Helper()
		i := newIsolate(t)
		i.AddModule("m.js", ModuleJS, source, cache)
		if got := i.run("import m.js"); got != want {
			t.Errorf("%s: said %q", name, got)
		}
	}
	const want = "ran 2\nexports f\n"
	imports("as it was", source, cache, want)
	imports("of another source", []byte(strings.Replace(string(source), "f(1)", "f(2)", 1)), cache, "ran 3\nexports f\n")
	imports("empty", source, []byte{}, want)
	for at := 0; at < len(cache); at += 1 + len(cache)/97 {
		imports("cut off", source, cache[:at], want)
		corrupt := append([]byte(nil), cache...)
		corrupt[at] ^= 0x41
		imports("corrupt", source, corrupt, want)
	}
}

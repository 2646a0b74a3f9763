package v8

import "testing"

func TestStructuredClone(t *testing.T) {
	const setup = `const clone = (v, ...t) => host.structuredClone(v, t);
const tell = (f) => { try { say(String(f())); } catch (e) { say(e.name + ": " + e.message); } };
let n = 0; const ran = () => { n++; };
`
	for _, test := range []struct{ name, source, want string }{
		{"primitives", `[undefined, null, true, -0, 1.5, 7n, "é"].map((v) => Object.is(clone(v), v)).join()`, "true,true,true,true,true,true,true"},
		{"object", `JSON.stringify(clone({ a: [1, { b: "c" }] }))`, `{"a":[1,{"b":"c"}]}`},
		{"sparse array", `(() => { const a = clone([1, , 3]); return (1 in a) + " " + a.length })()`, "false 3"},
		{"Date", `clone(new Date(5)).getTime()`, "5"},
		{"RegExp", `clone(/a/gi)`, "/a/gi"},
		{"Map", `clone(new Map([[1, new Map([[2, 3]])]])).get(1).get(2)`, "3"},
		{"Set", `clone(new Set([1, 2])).size`, "2"},
		{"boxed", `[new Boolean(false), new Number(3), new String("s"), Object(4n)].map((v) => clone(v).valueOf()).join()`, "false,3,s,4"},
		{"ArrayBuffer", `new Uint8Array(clone(new Uint8Array([1, 2]).buffer)).join()`, "1,2"},
		{"resizable ArrayBuffer", `(() => { const b = clone(new ArrayBuffer(2, { maxByteLength: 8 })); return b.resizable + " " + b.maxByteLength })()`, "true 8"},
		{"views", `[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView].every((C) => clone(new C(new ArrayBuffer(16), 8, 1)) instanceof C)`, "true"},
		{"small view", `clone(new Uint8Array([5, 6]))`, "5,6"},
		{"views of one buffer", `(() => { const b = new ArrayBuffer(4); const [x, y] = clone([new Uint8Array(b), new Uint8Array(b)]); return x.buffer === y.buffer })()`, "true"},
		{"length-tracking view", `(() => { const c = clone(new Uint8Array(new ArrayBuffer(2, { maxByteLength: 8 }))); c.buffer.resize(5); return c.length })()`, "5"},
		{"errors", `(() => { const e = clone(new RangeError("m", { cause: new Error("c") })); return [e instanceof RangeError, e.message, e.cause.message] })()`, "true,m,c"},
		{"cycle", `(() => { const o = {}; o.o = o; const c = clone(o); return c.o === c && c !== o })()`, "true"},
		{"identity", `(() => { const o = {}; const [a, b] = clone([o, o]); return a === b })()`, "true"},
		{"class instance", `(() => { class A { x = 1; get y() { return 2 } }; return JSON.stringify(clone(new A)) })()`, `{"x":1}`},
		{"getter", `clone({ get a() { return 5 } }).a`, "5"},
		{"Wasm module", `new WebAssembly.Instance(clone({ m: new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])) }).m)`, "[object WebAssembly.Instance]"},

		{"transfer", `(() => { const b = new Uint8Array([1, 2]).buffer; const c = clone({ b }, b); return b.detached + " " + new Uint8Array(c.b) })()`, "true 1,2"},
		{"transfer, view", `(() => { const v = new Uint8Array([1, 2]); const c = clone(v, v.buffer); return v.length + " " + c })()`, "0 1,2"},
		{"transfer, resizable", `(() => { const b = new ArrayBuffer(2, { maxByteLength: 8 }); const c = clone(b, b); c.resize(8); return b.detached + " " + c.byteLength })()`, "true 8"},
		{"transfer, empty", `(() => { const b = new ArrayBuffer(0); return clone(b, b).byteLength + " " + b.detached })()`, "0 true"},
		{"transfer, not part of the value", `(() => { const b = new ArrayBuffer(3); clone(1, b); return b.detached })()`, "true"},
		{"transfer of what is detached", `(() => { const b = new ArrayBuffer(3); b.transfer(); return clone(1, b) })()`, "DataCloneError: An ArrayBuffer could not be transferred."},
		{"transfer of what is detached meanwhile", `(() => { const b = new ArrayBuffer(3); return clone({ get a() { b.transfer() } }, b) })()`, "DataCloneError: An ArrayBuffer could not be transferred."},
		{"transfer twice", `(() => { const b = new ArrayBuffer(3); return clone(1, b, b) })()`, "DataCloneError: An ArrayBuffer could not be transferred."},
		{"transfer of a Wasm memory", `(() => { const { buffer } = new WebAssembly.Memory({ initial: 1 }); return clone(buffer, buffer) })()`, "DataCloneError: An ArrayBuffer could not be transferred."},
		{"detached", `(() => { const b = new ArrayBuffer(3); b.transfer(); return clone(b) })()`, "DataCloneError: An ArrayBuffer is detached and could not be cloned."},

		{"function", `clone(() => {})`, "DataCloneError: () => {} could not be cloned."},
		{"nested function", `clone({ a: [ran] })`, "DataCloneError: () => { n++; } could not be cloned."},
		{"symbol", `clone(Symbol("s"))`, "DataCloneError: Symbol(s) could not be cloned."},
		{"promise", `clone(Promise.resolve())`, "DataCloneError: #<Promise> could not be cloned."},
		{"WeakMap", `clone(new WeakMap)`, "DataCloneError: #<WeakMap> could not be cloned."},
		{"proxy", `clone(new Proxy({}, { get: ran, ownKeys: ran }))`, "DataCloneError: #<Object> could not be cloned."},
		{"generator", `clone((function* () {})())`, "DataCloneError: [object Generator] could not be cloned."},
		{"Wasm instance", `clone(new WebAssembly.Memory({ initial: 1 }))`, "DataCloneError: [object WebAssembly.Memory] could not be cloned."},
		{"getter that throws", `clone({ get a() { throw new RangeError("mine") } })`, "RangeError: mine"},
		{"getter that changes the object", `Object.keys(clone({ get a() { delete this.b; this.c = 3; return 1 }, b: 2 })).join()`, "a"},
		{"getter that clones", `clone({ get a() { return clone({ b: 7 }) } }).a.b`, "7"},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := newIsolate(t)
			i.expect(setup+"tell(() => "+test.source+");\nsay(n);", test.want, "0")
		})
	}
}

package v8

import "testing"

func TestIntrinsics(t *testing.T) {
	const setup = `const tell = (f) => { try { say(String(f())); } catch (e) { say(e.name + ": " + e.message); } };
let n = 0; const ran = () => { n++; };
const bytes = (...b) => new Uint8Array(b);
`
	for _, test := range []struct{ name, source, want string }{
		{"encode", `host.utf8Encode("aé日😀")`, "97,195,169,230,151,165,240,159,152,128"},
		{"encode, lone surrogates", `host.utf8Encode("\ud83d|\ude00")`, "239,191,189,124,239,191,189"},
		{"encode, empty", `host.utf8Encode("").length`, "0"},
		{"encode into", `(() => { const b = new Uint8Array(5); return host.utf8EncodeInto("é", b, 1) + ":" + b })()`, "2:0,195,169,0,0"},
		{"encode into what is too small", `host.utf8EncodeInto("日", new Uint8Array(4), 2)`, "-1"},
		{"encode into, offset beyond", `host.utf8EncodeInto("a", new Uint8Array(4), 9)`, "-1"},
		{"encode part", `(() => { const b = new Uint8Array(4); const r = host.utf8EncodePart("a日日", b); return Math.floor(r / 2 ** 32) + "," + r % 2 ** 32 + ":" + b })()`, "2,4:97,230,151,165"},
		{"encode part, astral", `(() => { const r = host.utf8EncodePart("😀", new Uint8Array(3)); return Math.floor(r / 2 ** 32) + "," + r % 2 ** 32 })()`, "0,0"},
		{"decode", `host.utf8Decode(host.utf8Encode("aé日😀"), 1, 10)`, "é日😀"},
		{"decode, malformed", `host.utf8Decode(bytes(0x61, 0xff, 0xe6, 0x97, 0x62, 0xf0, 0x9f, 0x98, 0xed, 0xa0, 0x80), 0, 99)`, "a\ufffd\ufffdb\ufffd\ufffd\ufffd\ufffd"},
		{"decode, odd ranges", `[[5, 2], [-1, 2], [NaN, 2], [0, 1e300], [1.5, 2.5]].map(([a, b]) => host.utf8Decode(bytes(97, 98, 99), a, b)).join("|")`, "|ab|ab|abc|b"},
		{"decode, detached", `(() => { const b = bytes(97); b.buffer.transfer(); return host.utf8Decode(b, 0, 1).length })()`, "0"},
		{"decode, out of bounds", `(() => { const b = new ArrayBuffer(8, { maxByteLength: 8 }); const v = new Uint8Array(b, 4); b.resize(2); return host.utf8Decode(v, 0, 4).length })()`, "0"},
		{"valid", `["aé日😀", "\ud800"].map((s) => host.utf8Valid(host.utf8Encode(s), 0, 99)).join()`, "true,true"},
		{"not valid", `[[0x80], [0xc0, 0x80], [0xc1, 0xbf], [0xc2], [0xe0, 0x9f, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x8f, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [97, 97, 97, 97, 97, 97, 97, 97, 0xff]].some((b) => host.utf8Valid(bytes(...b), 0, 99))`, "false"},
		{"latin1", `host.latin1Decode(bytes(97, 233, 255), 0, 3)`, "aéÿ"},
		{"latin1 into", `(() => { const b = new Uint8Array(3); return host.latin1EncodeInto("é", b, 1) + ":" + b })()`, "1:0,233,0"},
		{"latin1 into, too large", `[host.latin1EncodeInto("日", new Uint8Array(9), 0), host.latin1EncodeInto("ab", new Uint8Array(1), 0)].join()`, "-1,-1"},
		{"utf16", `host.utf16Decode(bytes(0, 0x3d, 0xd8, 0, 0xde), 1, 5)`, "😀"},

		{"code points", `[["big5-html", [0xa4, 0x40, 0x87, 0x40, 0x81, 0x40]], ["gb18030", [0x81, 0x40]]].map(([name, list]) => host.codePoints(name, bytes(...list), 2).join()).join("|")`, "19968,17392,0|19970"},
		{"code points beyond the BMP, cut off", `host.codePoints("gb18030", bytes(0x90, 0x30, 0x81, 0x30, 0x81), 4).join()`, "65536"},
		{"code points of nothing", `[host.codePoints("big5-html", bytes(), 2).length, host.codePoints("none", bytes(1, 2), 2), host.codePoints("big5-html", bytes(1), 0).length, host.codePoints(7)].join()`, "0,,0,"},

		{"domain", `["bücher.DE", "faß.de", "a_b.c", "xn--bcher-kva", "日本。jp", ""].map((d) => host.domainToASCII(d, false)).join()`, "xn--bcher-kva.de,xn--fa-hia.de,a_b.c,xn--bcher-kva,xn--wgv71a.jp,"},
		{"domain that is none", `["xn--a", "a\u200db", "\ufdd0", "xn--\u00fc"].map((d) => host.domainToASCII(d, false)).join()`, ",,,"},
		{"domain, strict", `["a_b.c", "-a.b", "a".repeat(64), "a..b"].map((d) => host.domainToASCII(d, true)).join()`, ",,,"},
		{"domain, long", `host.domainToASCII(("ü".repeat(20) + ".").repeat(100), false).length`, "2700"},

		{"random", `(() => { const b = new Uint8Array(70000); host.randomFill(b); return new Set(b).size })()`, "256"},
		{"context", `(() => { host.setContext("c"); const p = Promise.resolve().then(() => say(host.getContext())); host.setContext(undefined); return host.getContext() })()`, "undefined"},
		{"call site", `host.callSite()`, "module0.js:4:17"},
		{"promise state", `[new Promise(() => {}), Promise.resolve(1)].map((p) => host.promiseState(p).join(":")).join()`, "0:,1:1"},
		{"promise state of none", `host.promiseState({ then: ran })`, "undefined"},
		{"proxy", `(() => { const t = {}, h = { get: ran }; const d = host.proxyDetails(new Proxy(t, h)); return d[0] === t && d[1] === h })()`, "true"},
		{"proxy, revoked", `(() => { const p = Proxy.revocable({}, {}); p.revoke(); return host.proxyDetails(p.proxy).map(String).join() })()`, "null,null"},
		{"proxy of none", `host.proxyDetails({})`, "undefined"},
		{
			"kinds", `[new Date, /a/, new Map, new Set, new WeakMap, new WeakSet, Promise.resolve(), new Proxy([], {}), new TypeError, new ArrayBuffer, new DataView(new ArrayBuffer), bytes(), [], ran, async () => {}, function* () {}, (function* () {})(), Object(true), Object(1), Object("s"), Object(Symbol()), Object(1n), new Map().keys(), new Set().values(), (function () { return arguments })(), {}, 7].map(host.kindOf).join()`,
			"Date,RegExp,Map,Set,WeakMap,WeakSet,Promise,Proxy,Error,ArrayBuffer,DataView,TypedArray,Array,Function,AsyncFunction,GeneratorFunction,Generator,Boolean,Number,String,Symbol,BigInt,MapIterator,SetIterator,Arguments,Object,Object",
		},
		{"kind cannot be forged", `host.kindOf({ __proto__: Date.prototype, [Symbol.toStringTag]: "Map" })`, "Object"},
		{"constructor name", `[new (class A {}), Object.create(null), [], { get constructor() { ran() } }, { get [Symbol.toStringTag]() { ran() } }, new Proxy({}, { get: ran }), 7].map(host.constructorName).join()`, "A,Object,Array,Object,Object,,"},
		{"entries", `[new Map([[1, 2]]), new Set([3]), new Map([[4, 5]]).entries(), new Set([6]).values(), {}, new Proxy(new Map, {})].map((v) => host.previewEntries(v).join()).join("|")`, "1,2|3|4,5|6||"},
		{"arguments of the wrong kind", `[host.utf8Encode(7).length, host.utf8Decode({}, 0, 1), host.latin1Decode(), host.utf8EncodeInto({}, {}, {}), host.domainToASCII(7)].join()`, "0,,,0,"},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := newIsolate(t)
			want := []string{test.want, "0"}
			if test.name == "context" {
				want = append(want, "c")
			}
			i.expect(setup+"tell(() => "+test.source+");\nsay(n);", want...)
		})
	}
}

// sharingWasm is a module with a memory that is shared.
const sharingWasm = `new Uint8Array([0,97,115,109,1,0,0,0, 5,4,1,3,1,2])`

// What an app does not find.
func TestNotAvailable(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"intrinsics", `typeof __host`, "undefined"},
		{"SharedArrayBuffer", `typeof SharedArrayBuffer`, "undefined"},
		{"shared memory", `new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true })`, "TypeError: Shared memory is not available"},
		{"shared memory without a page", `new WebAssembly.Memory({ initial: 0, maximum: 0, shared: 1 })`, "TypeError: Shared memory is not available"},
		{"shared memory that a function describes", `new WebAssembly.Memory(Object.assign(() => {}, { initial: 1, maximum: 2, shared: true }))`, "TypeError: Shared memory is not available"},
		{"shared memory by a constructor that is asked for", `new new WebAssembly.Memory({ initial: 0 }).constructor({ initial: 1, maximum: 2, shared: true })`, "TypeError: Shared memory is not available"},
		{"shared memory behind getters", `(() => { let n = 0; new WebAssembly.Memory({ initial: 1, maximum: 2, get shared() { return n++ === 0; } }); })()`, "TypeError: Shared memory is not available"},
		{"shared memory of a module", `new WebAssembly.Module(` + sharingWasm + `)`, "CompileError: Shared memory is not available"},
		{"shared memory of a module, by its buffer", `new WebAssembly.Module(` + sharingWasm + `.buffer)`, "CompileError: Shared memory is not available"},
		{"shared memory of a module, by a view", `new WebAssembly.Module(new DataView(new Uint8Array([1, ...` + sharingWasm + `]).buffer, 1))`, "CompileError: Shared memory is not available"},
		{"shared memory of a module, after sections in other forms", `new WebAssembly.Module(new Uint8Array([0,97,115,109,1,0,0,0, 0,130,0,1,97, 5,132,128,0,1,3,1,2]))`, "CompileError: Shared memory is not available"},
		{"shared memory of a module that is changed on its way", `(() => {
			const bytes = new Uint8Array([0,97,115,109,1,0,0,0, 5,4,1,1,1,2, 7,5,1,1,109,2,0]);
			const target = Object.defineProperty(function () {}.bind(), "prototype", { get() { bytes[11] = 3; return {}; } });
			return new WebAssembly.Instance(Reflect.construct(WebAssembly.Module, [bytes], target)).exports.m.buffer.constructor.name; })()`, "ArrayBuffer"},
		{"shared memory by a trap that every handler inherits", `(() => {
			let original;
			Object.prototype.get = Object.prototype.getPrototypeOf = function (of) { original ??= of; return undefined; };
			WebAssembly.Memory.length, WebAssembly.Module.length, Object.getPrototypeOf(WebAssembly.Memory);
			return original === undefined; })()`, "true"},
		{"module without shared memory", `[WebAssembly.validate(new Uint8Array([0,97,115,109,1,0,0,0, 5,4,1,1,1,2])), WebAssembly.validate(` + sharingWasm + `)].join()`, "true,false"},
		{"constructors", `[WebAssembly.Memory, WebAssembly.Module].map((of) => [of.name, of.length, of.prototype.constructor === of, Object.getOwnPropertyDescriptor(of.prototype, "constructor").enumerable]).join("; ")`, "Memory,1,true,false; Module,1,true,false"},
		{"instances", `[new WebAssembly.Memory({ initial: 0 }) instanceof WebAssembly.Memory, new (class extends WebAssembly.Memory { more = 1 })({ initial: 0 }).more].join()`, "true,1"},
		{"memory that is not shared", `new WebAssembly.Memory({ initial: 1 }).buffer.byteLength`, "65536"},
		{"memory that is none", `Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, "buffer").get.call({})`, "TypeError: WebAssembly.Memory.buffer: Receiver is not a WebAssembly.Memory"},
		{"Atomics.wait", `Atomics.wait(new Int32Array(8), 0, 0)`, "TypeError: [object Int32Array] is not a shared typed array."},
		{"eval", `eval("1")`, "EvalError: code generation from strings is disallowed: eval = true in hedge.toml allows it"},
		{"indirect eval", `(0, eval)("1")`, "EvalError: code generation from strings is disallowed: eval = true in hedge.toml allows it"},
		{"Function", `new Function("return 1")`, "EvalError: code generation from strings is disallowed: eval = true in hedge.toml allows it"},
		{"AsyncFunction", `(async () => {}).constructor("return 1")`, "EvalError: code generation from strings is disallowed: eval = true in hedge.toml allows it"},
		{"ShadowRealm", `typeof ShadowRealm`, "undefined"},
		{"gc", `typeof gc`, "undefined"},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := newIsolate(t)
			i.expect("try { say(String("+test.source+")) } catch (e) { say(e.name + ': ' + e.message) }", test.want)
		})
	}
}

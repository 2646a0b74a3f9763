// Values as text. The folder is loaded anew here, from within the tests, because it
// takes its intrinsics from __host while it is loaded.

import { equal, ok, test } from "../core/testing.ts";

async function load() {
  const { captureInterfaces } = await import("./interfaces.ts");
  captureInterfaces();
  return (await import("./inspect.ts")).inspect;
}

class Point {
  x = 1;
  get y(): number {
    throw new Error("a getter was called");
  }
}

const cycle: any = { name: "c" };
cycle.self = cycle;
cycle.list = [cycle];

const trap = () => {
  throw new Error("a trap was called");
};
const hostile = new Proxy({ a: 1 }, { get: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap, has: trap });

// A name for the value, the value, and its text.
const table: [name: string, value: unknown, text: string][] = [
  ["string", "it's", `"it's"`],
  ["escapes", "\n\t\x01\\'\"`\ud800💩", `'\\n\\t\\x01\\\\\\'"\`\\uD800💩'`],
  ["numbers", [0, -0, 1.5, NaN, -Infinity, 10n], "[ 0, -0, 1.5, NaN, -Infinity, 10n ]"],
  ["constants", [true, null, undefined], "[ true, null, undefined ]"],
  ["symbol", Symbol("s"), "Symbol(s)"],
  ["keys", { a: 1, "b-c": 2, [Symbol("d")]: 3 }, "{ a: 1, 'b-c': 2, [Symbol(d)]: 3 }"],
  ["empty", [{}, []], "[ {}, [] ]"],
  ["class", new Point(), "Point { x: 1 }"],
  ["accessors", { get a() { return trap(); }, set b(v: number) {}, get c() { return 1; }, set c(v) {} }, "{ a: [Getter], b: [Setter], c: [Getter/Setter] }"],
  ["null prototype", Object.assign(Object.create(null), { a: 1 }), "[Object: null prototype] { a: 1 }"],
  ["cycle", cycle, "<ref *1> { name: 'c', self: [Circular *1], list: [ [Circular *1] ] }"],
  ["depth", { a: { b: { c: { d: { e: { f: 1 } } } } } }, "{ a: { b: { c: { d: { e: [Object] } } } } }"],
  ["holes", [, 1, , , 2, ,], "[ <1 empty item>, 1, <2 empty items>, 2, <1 empty item> ]"],
  ["huge and empty", new Array(4e9), "[ <4000000000 empty items> ]"],
  ["properties of an array", Object.assign([1], { k: 2 }), "[ 1, k: 2 ]"],
  ["array class", new (class List extends Array {})(), "List(0) []"],
  ["map", new Map<unknown, unknown>([["a", { b: 1 }]]), "Map(1) { 'a' => { b: 1 } }"],
  ["set", new Set([1, "x"]), "Set(2) { 1, 'x' }"],
  ["weak", new WeakSet(), "WeakSet { <items unknown> }"],
  ["typed array", new Uint8Array([1, 2]), "Uint8Array(2) [ 1, 2 ]"],
  ["buffer", new Uint8Array([1, 255]).buffer, "ArrayBuffer { [bytes]: <01 ff>, byteLength: 2 }"],
  ["date", new Date(0), "1970-01-01T00:00:00.000Z"],
  ["no date", new Date(NaN), "Invalid Date"],
  ["pattern", /a\/b/gi, "/a\\/b/gi"],
  ["boxed", [Object(1), Object("s"), Object(true), Object(2n)], "[ [Number: 1], [String: 's'], [Boolean: true], [BigInt: 2n] ]"],
  ["function", function named() {}, "[Function: named]"],
  ["function with properties", Object.assign(function tagged() {}, { a: 1 }), "[Function: tagged] { a: 1 }"],
  ["anonymous", [() => {}][0], "[Function (anonymous)]"],
  ["async", async function waits() {}, "[AsyncFunction: waits]"],
  ["generator", function* gives() {}, "[GeneratorFunction: gives]"],
  ["class itself", class A extends Point {}, "[class A extends Point]"],
  ["promise", new Promise(() => {}), "Promise { <pending> }"],
  ["fulfilled", Promise.resolve(4), "Promise { 4 }"],
  ["proxy", hostile, "Proxy({ a: 1 })"],
  ["proxy inside", [hostile], "[ Proxy({ a: 1 }) ]"],
  ["error without a stack", Object.assign(new Error("m"), { stack: undefined }), "[Error: m]"],
  ["parameters", new URLSearchParams("a=1&b=2"), "URLSearchParams { 'a' => '1', 'b' => '2' }"],
  ["blob", new Blob(["abc"]), "Blob { size: 3, type: '' }"],
  ["only looks like one", Object.create(Blob.prototype), "Blob {}"],
  ["toString, toJSON and the tag are not called", { toString: 1, get toJSON() { return trap(); }, get [Symbol.toStringTag]() { return trap(); } }, "{ toString: 1, toJSON: [Getter], [Symbol(Symbol.toStringTag)]: [Getter] }"],
];

for (const [name, value, text] of table) {
  test(`inspect: ${name}`, async () => {
    const inspect = await load();
    equal(inspect(value), text);
  });
}

test("inspect: a revoked proxy", async () => {
  const inspect = await load();
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  equal(inspect(proxy), "<Revoked Proxy>");
});

test("inspect: errors with cause and properties", async () => {
  const inspect = await load();
  const error = Object.assign(new TypeError("boom", { cause: new Error("inner") }), { code: "E" });
  const text = inspect(error);
  ok(text.startsWith("TypeError: boom\n    at "), text);
  ok(text.includes("[cause]: Error: inner\n"), text);
  ok(text.endsWith("code: 'E'\n}"), text);
  error.message = "changed since";
  ok(inspect(error).startsWith("TypeError: changed since\n"));
  ok(inspect(new (class Mine extends Error {})("m")).startsWith("Mine: m\n"));
  ok(inspect(new DOMException("m", "AbortError")).startsWith("DOMException [AbortError]: m\n"));
  ok(inspect(new AggregateError([1], "all")).includes("[errors]: [ 1 ]"));
});

test("inspect: limits", async () => {
  const inspect = await load();
  ok(inspect("x".repeat(10_005)).endsWith("'... 5 more characters"));
  ok(inspect(new Array(150).fill(1)).includes("... 50 more items"));
  ok(inspect(Object.fromEntries(Array.from({ length: 105 }, (_, i) => [`k${i}`, i]))).includes("... 5 more items"));
  const wide: unknown[] = [];
  for (let i = 0; i < 100; i++) wide.push(new Array(100).fill("y".repeat(9000)));
  equal(inspect(wide).length, 65_536);
  let deep: unknown = 0;
  for (let i = 0; i < 1e5; i++) deep = { deep };
  ok(inspect(deep, { __proto__: null, depth: Infinity } as never).length < 65_537);
});

test("inspect: long lists stand in columns", async () => {
  const inspect = await load();
  const lines = inspect(Array.from({ length: 30 }, (_, i) => i)).split("\n");
  equal(lines[0], "[");
  equal(lines[1], "  0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,");
  equal(lines.length, 4);
});

test("inspect: colours", async () => {
  const inspect = await load();
  equal(inspect({ a: 1 }, { __proto__: null, colors: true } as never), "{ a: \x1b[33m1\x1b[0m }");
});

// What npm packages use of Node's modules, by both of their names.
import assert, { AssertionError } from "node:assert";
import { Buffer } from "node:buffer";
import buffer from "buffer";
import crypto from "node:crypto";
import EventEmitter, { on, once } from "events";
import path from "node:path";
import process from "process";
import querystring from "querystring";
import { Duplex, PassThrough, Readable, Transform, Writable, pipeline } from "stream";
import { finished, pipeline as pipelinePromise } from "node:stream/promises";
import { text } from "node:stream/consumers";
import { StringDecoder } from "string_decoder";
import { setTimeout as wait } from "timers/promises";
import url, { fileURLToPath, pathToFileURL } from "node:url";
import util, { promisify, types } from "util";
import { deepEqual, equal, ok, rejects, run, test, throws } from "./testing.ts";

declare const require: (name: string) => any;

test("a module is the same by either name, imported and required", () => {
  equal(buffer.Buffer, Buffer);
  equal(require("buffer").Buffer, Buffer);
  equal(require("events"), EventEmitter);
  equal(new (require("stream"))() instanceof EventEmitter, true);
  equal(require("util").promisify, promisify);
  equal(require("node:assert").strict.equal, assert.strictEqual);
});

test("importing a module makes Buffer and process globals", () => {
  equal((globalThis as any).Buffer, Buffer);
  equal((globalThis as any).process, process);
});

const codings: [string, string, string][] = [
  ["utf8", "h\u00e9\ud83d\ude00", "68c3a9f09f9880"],
  ["latin1", "h\u00e9", "68e9"],
  ["hex", "00ff", "00ff"],
  ["base64", "+/8=", "fbff"],
  ["base64url", "-_8", "fbff"],
  ["utf16le", "h\u00e9", "6800e900"],
  ["ascii", "abc", "616263"],
];
for (const [coding, string, bytes] of codings) {
  test(`Buffer has the encoding ${coding}`, () => {
    ok(Buffer.isEncoding(coding as BufferEncoding));
    equal(Buffer.from(string, coding as BufferEncoding).toString("hex"), bytes);
    equal(Buffer.from(bytes, "hex").toString(coding as BufferEncoding), string);
    equal(Buffer.byteLength(string, coding as BufferEncoding), bytes.length / 2);
  });
}

test("Buffer", () => {
  const b = Buffer.concat([Buffer.from("ab"), Buffer.alloc(2, "c"), Buffer.from([100])]);
  equal(b.toString(), "abccd");
  equal(b.subarray(1, 3).toString(), "bc");
  ok(b.subarray(1, 3) instanceof Buffer);
  equal(b.indexOf("cc"), 2);
  equal(Buffer.compare(Buffer.from("a"), Buffer.from("b")), -1);
  ok(b.equals(Buffer.from("abccd")));
  const w = Buffer.alloc(8);
  w.writeUInt32BE(0xdeadbeef, 0);
  w.writeInt16LE(-2, 4);
  equal(w.readUInt32BE(0), 0xdeadbeef);
  equal(w.readInt16LE(4), -2);
  deepEqual(JSON.parse(JSON.stringify(Buffer.from("a"))), { type: "Buffer", data: [97] });
  equal(Buffer.from(new Uint8Array([1, 2, 3]).buffer, 1, 1)[0], 2);
  equal(w.write("-_8", 0, "base64url"), 2);
  equal(Buffer.from("\ufeffx").toString(), "\ufeffx");
});

test("events", async () => {
  const emitter = new EventEmitter();
  const seen: unknown[] = [];
  emitter.once("a", (value) => seen.push(value));
  emitter.emit("a", 1);
  emitter.emit("a", 2);
  deepEqual(seen, [1]);
  setTimeout(() => emitter.emit("b", "x", "y"), 0);
  deepEqual(await once(emitter, "b"), ["x", "y"]);
  throws(() => emitter.emit("error", new TypeError("lost")), TypeError);
  setTimeout(() => emitter.emit("error", new RangeError("so")), 0);
  await rejects(once(emitter, "b"), RangeError);
  const controller = new AbortController();
  const iterator = on(emitter, "c", { signal: controller.signal });
  emitter.emit("c", 1);
  emitter.emit("c", 2);
  deepEqual((await iterator.next()).value, [1]);
  deepEqual((await iterator.next()).value, [2]);
  controller.abort();
  await rejects(iterator.next(), "AbortError");
  class Old {}
  util.inherits(Old, EventEmitter);
  ok(new Old() instanceof EventEmitter);
});

test("events: a monitor sees errors first", () => {
  const emitter = new EventEmitter();
  const seen: string[] = [];
  emitter.on(EventEmitter.errorMonitor, () => seen.push("monitor"));
  emitter.on("error", () => seen.push("error"));
  emitter.emit("error", new Error());
  deepEqual(seen, ["monitor", "error"]);
});

class Own {
  toString(): string {
    return "own";
  }
}
class Plain {
  a = 1;
}
const loop: { self?: unknown } = {};
loop.self = loop;

// What is formatted, and what Node makes of it.
const formats: [values: any[], text: string][] = [
  [["%j", { a: [1, "b"] }], "{\"a\":[1,\"b\"]}"],
  [["%j", loop], "[Circular]"],
  [["%j %j", undefined, "x"], "undefined \"x\""],
  [["%j"], "%j"],
  [["%s %s", new Own(), new Plain()], "own Plain { a: 1 }"],
  [["%s", { a: { b: 1 } }], "{ a: [Object] }"],
  [["%s %s %s", -0, 5n, null], "-0 5n null"],
  [["%s", Symbol("q")], "Symbol(q)"],
  [["%s %s", [1, [2]], new Error("no").message], "[ 1, [Array] ] no"],
  [["%d %d %d %d", "1.5", {}, 7n, Symbol("q")], "1.5 NaN 7n NaN"],
  [["%d %d", "", "0x10"], "0 16"],
  [["%d", new Date(5)], "5"],
  [["%i %i %i", "42.9px", 7n, {}], "42 7n NaN"],
  [["%f %f %f", "1.50x", Symbol("q"), "y"], "1.5 NaN NaN"],
  [["%o", [1]], "[ 1, [length]: 1 ]"],
  [["%O", { a: { b: { c: { d: 1 } } } }], "{ a: { b: { c: [Object] } } }"],
  [["%cred", "color: red"], "red"],
  [["%%"], "%%"],
  [["100%"], "100%"],
  [["%% %s", "x"], "% x"],
  [["%%%s%%", "x"], "%x%"],
  [["%s %% %s", "x"], "x % %s"],
  [["%x %s", 1, 2], "%x 1 2"],
  [["%s", "a", "b", { c: 1 }], "a b { c: 1 }"],
  [["a", "b"], "a b"],
  [["%", 1], "% 1"],
  [["%s"], "%s"],
  [["%s", undefined], "undefined"],
  [["%s", Object.create(null)], "[Object: null prototype] {}"],
  [["%s", new Date(0)], "1970-01-01T00:00:00.000Z"],
  [["%s", () => 1], "() => 1"],
  [["%s", "x", ""], "x "],
  [["%s", {toString(){return "t"}}], "t"],
  [["%d %i %f", -0, -0, -0], "-0 0 0"],
  [["%d", [5]], "5"],
  [["%i", ["5"]], "5"],
];

test("util.format", () => {
  for (const [values, text] of formats) equal(util.format(...values), text, String(values[0]));
  equal(util.formatWithOptions({ depth: 0 }, "%O", { a: { b: 1 } }, [[1]]), "{ a: [Object] } [ [Array] ]");
});

test("util", async () => {
  equal(util.inspect({ a: [1, { b: 2 }] }), "{ a: [ 1, { b: 2 } ] }");
  equal(util.inspect({ [util.inspect.custom]: () => "mine" }), "mine");
  equal(await promisify((value: number, done: (error: null, value: number) => void) => done(null, value + 1))(1), 2);
  await rejects(promisify((done: (error: Error) => void) => done(new RangeError("no")))(), RangeError);
  ok(util.isDeepStrictEqual({ a: new Map([[{ k: 1 }, new Set([1])]]) }, { a: new Map([[{ k: 1 }, new Set([1])]]) }));
  ok(!util.isDeepStrictEqual({ a: 1 }, { a: "1" }));
  ok(types.isPromise(Promise.resolve()) && types.isUint8Array(Buffer.alloc(1)) && !types.isDate({}));
  equal(util.stripVTControlCharacters("\u001b[31mred\u001b[39m"), "red");
});

test("path", () => {
  equal(path.join("/a", "../b", "c.txt"), "/b/c.txt");
  equal(path.resolve("a"), "/a");
  equal(path.extname("x.tar.gz"), ".gz");
  deepEqual(path.parse("/lib/x.txt"), { root: "/", dir: "/lib", base: "x.txt", ext: ".txt", name: "x" });
  equal(path.relative("/a/b", "/a/c"), "../c");
  equal(path.posix.sep, "/");
});

test("url", () => {
  equal(url.parse("http://u:p@h.example:8080/p?q=1#f").host, "h.example:8080");
  deepEqual({ ...(url.parse("/p?q=1", true).query as object) }, { q: "1" });
  equal(url.resolve("http://a/b/c", "../d"), "http://a/d");
  equal(url.format({ protocol: "http", host: "a", pathname: "/b" }), "http://a/b");
  equal(fileURLToPath("file:///a%20b"), "/a b");
  equal(pathToFileURL("/a b#c").href, "file:///a%20b%23c");
  equal(url.URL, URL);
});

test("querystring", () => {
  deepEqual({ ...querystring.parse("a=1&b=2&a=3&c=%20+") }, { a: ["1", "3"], b: "2", c: "  " });
  equal(querystring.stringify({ a: [1, 2], b: "x y", c: "" }), "a=1&a=2&b=x%20y&c=");
  deepEqual({ ...querystring.parse("__proto__=1&x=%zz") }, JSON.parse('{"__proto__":"1","x":"%zz"}'));
});

test("string_decoder", () => {
  const decoder = new StringDecoder("utf8");
  equal(decoder.write(Buffer.from([0xe2, 0x82])), "");
  equal(decoder.write(Buffer.from([0xac])), "\u20ac");
  equal(decoder.end(), "");
});

test("assert", async () => {
  assert(true);
  assert.equal(1, "1");
  assert.deepEqual({ a: 1 }, { a: "1" });
  assert.throws(() => {
    throw new TypeError("bad thing");
  }, /bad thing/);
  assert.throws(
    () => {
      throw new TypeError("bad");
    },
    { name: "TypeError", message: "bad" },
  );
  await assert.rejects(Promise.reject(new RangeError("x")), RangeError);
  for (const failing of [
    () => assert(false),
    () => assert.strictEqual(1, 2),
    () => assert.deepStrictEqual({ a: 1 }, { a: "1" }),
    () => assert.notDeepStrictEqual([1], [1]),
    () => assert.throws(() => {}),
    () => assert.match("a", /b/),
    () => assert.fail("so"),
  ]) {
    equal(throws(failing).code, "ERR_ASSERTION");
  }
  ok(throws(() => assert.strictEqual(1, 2, "mine")) instanceof AssertionError);
  equal(throws(() => assert.strictEqual(1, 2, "mine")).message, "mine");
  const loop: any = {};
  loop.self = loop;
  const other: any = {};
  other.self = other;
  assert.deepStrictEqual(loop, other);
});

test("crypto: digests of a text, and of one in pieces", () => {
  const expected: Record<string, string> = {
    md5: "900150983cd24fb0d6963f7d28e17f72",
    sha1: "a9993e364706816aba3e25717850c26c9cd0d89d",
    sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "RSA-SHA256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "sha3-256": "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    ripemd160: "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
  };
  for (const [name, digest] of Object.entries(expected)) {
    equal(crypto.createHash(name).update("abc").digest("hex"), digest, name);
    equal(crypto.createHash(name).update("a").update(Buffer.from("bc")).digest("hex"), digest, name);
  }
  const hash = crypto.createHash("sha256").update("ab");
  const copy = hash.copy();
  equal(copy.update("c").digest("hex"), expected.sha256);
  equal(hash.update("c").digest().length, 32);
  throws(() => hash.update("d"));
  throws(() => crypto.createHash("none"), Error);
  equal(crypto.hash("sha1", "abc"), expected.sha1);
});

test("crypto: HMAC, PBKDF2, HKDF and scrypt are those of the Web and of RFCs", async () => {
  equal(crypto.createHmac("sha256", "key").update("The quick brown fox jumps over the lazy dog").digest("hex"), "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
  equal(crypto.pbkdf2Sync("password", "salt", 2, 20, "sha1").toString("hex"), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
  const key = await globalThis.crypto.subtle.importKey("raw", Buffer.from("password"), "PBKDF2", false, ["deriveBits"]);
  const bits = await globalThis.crypto.subtle.deriveBits({ name: "PBKDF2", salt: Buffer.from("salt"), iterations: 100, hash: "SHA-256" }, key, 256);
  equal(crypto.pbkdf2Sync("password", "salt", 100, 32, "sha256").toString("hex"), Buffer.from(bits).toString("hex"));
  equal(crypto.scryptSync("", "", 64, { N: 16, r: 1, p: 1 }).toString("hex").slice(0, 16), "77d6576238657b20");
});

test("crypto: random values", async () => {
  equal(crypto.randomBytes(100_000).length, 100_000);
  equal((await promisify(crypto.randomBytes)(8)).length, 8);
  ok(/^[0-9a-f-]{36}$/.test(crypto.randomUUID()));
  for (let i = 0; i < 100; i++) {
    const n = crypto.randomInt(3, 6);
    ok(n >= 3 && n < 6);
  }
  ok(crypto.timingSafeEqual(Buffer.from("a"), Buffer.from("a")));
  ok(!crypto.timingSafeEqual(Buffer.from("a"), Buffer.from("b")));
  throws(() => crypto.timingSafeEqual(Buffer.from("a"), Buffer.from("ab")), RangeError);
});

test("crypto: a hash is a stream", async () => {
  const hash = crypto.createHash("md5");
  await pipelinePromise(Readable.from(["a", "bc"]), hash);
  equal(hash.read().toString("hex"), "900150983cd24fb0d6963f7d28e17f72");
});

test("stream: pipelines", async () => {
  const upper = new Transform({
    transform(chunk, _encoding, done) {
      done(null, chunk.toString().toUpperCase());
    },
  });
  const out: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      out.push(chunk.toString());
      done();
    },
  });
  await new Promise<void>((resolve, reject) => pipeline(Readable.from(["a", "b"]), upper, sink, (error) => (error ? reject(error) : resolve())));
  equal(out.join(""), "AB");
  const source = new PassThrough();
  source.end("done");
  equal(await text(source), "done");
  const failing = new Readable({
    read() {
      this.destroy(new RangeError("broken"));
    },
  });
  failing.resume();
  await rejects(finished(failing), RangeError);
  await rejects(pipelinePromise(Readable.from(["a"]), new Transform({ transform: (_c, _e, done) => done(new RangeError("no")) }), new PassThrough()), RangeError);
});

test("stream: to and from streams of the Web", async () => {
  equal(await new Response(Readable.toWeb(Readable.from([Buffer.from("a"), Buffer.from("b")])) as any).text(), "ab");
  const chunks: string[] = [];
  for await (const chunk of Readable.fromWeb(new Blob(["x", "y"]).stream() as any)) chunks.push(chunk.toString());
  equal(chunks.join(""), "xy");
  const { readable, writable } = new TransformStream();
  const writer = Writable.fromWeb(writable as any);
  writer.end("z");
  equal(await new Response(readable).text(), "z");
  const duplex = Duplex.toWeb(new PassThrough()) as any;
  void new Blob(["w"]).stream().pipeTo(duplex.writable);
  equal(await new Response(duplex.readable).text(), "w");
  const broken = Readable.fromWeb(new ReadableStream({ start: (c) => c.error(new RangeError("gone")) }) as any);
  await rejects(finished(broken), RangeError);
});

test("stream: a stream of the Web that nobody has read fails for its reader alone", async () => {
  const uncaught: unknown[] = [];
  const listener = (event: any): void => {
    event.preventDefault();
    uncaught.push(event.error);
  };
  addEventListener("error", listener);
  const [cancelled, failed] = [new PassThrough(), new PassThrough()];
  await (Readable.toWeb(cancelled) as any).cancel(new RangeError("enough"));
  const stream = Readable.toWeb(failed) as any;
  failed.destroy(new RangeError("gone"));
  await wait(1);
  removeEventListener("error", listener);
  ok(cancelled.destroyed);
  deepEqual(uncaught, []);
  await rejects(new Response(stream).text(), RangeError);
});

test("timers/promises: what is aborted fails as Node has it", async () => {
  const controller = new AbortController();
  const waiting = wait(60_000, undefined, { signal: controller.signal });
  controller.abort(new RangeError("enough"));
  for (const promise of [waiting, wait(1, undefined, { signal: controller.signal })]) {
    const error = (await promise.then(() => undefined, (reason: unknown) => reason)) as any;
    deepEqual([error.name, error.code, error.cause], ["AbortError", "ABORT_ERR", controller.signal.reason]);
  }
});

test("stream: back-pressure", async () => {
  let made = 0;
  const source = new Readable({
    highWaterMark: 1024,
    read() {
      made++;
      this.push(Buffer.alloc(512));
    },
  });
  const reader = (Readable.toWeb(source) as any).getReader();
  await reader.read();
  await wait(1);
  ok(made < 10, `${made} chunks were made for one that was read`);
  await reader.cancel();
  ok(source.destroyed);
});

test("process", async () => {
  equal(process.env.GREETING, "hello");
  equal(process.env.NOTHING, undefined);
  process.env.NOTHING = "1";
  const order: string[] = [];
  process.nextTick((word: string) => order.push(word), "tick");
  order.push("now");
  await wait(1);
  deepEqual(order, ["now", "tick"]);
  equal(process.versions.node, undefined);
  equal(typeof process.hrtime.bigint(), "bigint");
  throws(() => process.exit(1), Error);
});

export default { fetch: async () => new Response(await run()) };

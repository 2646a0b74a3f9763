// Where the packages that Node's modules are made of are older than Node 20, whose values these are.
import { Buffer } from "node:buffer";
import EventEmitter, { once } from "node:events";
import path from "node:path";
import querystring from "node:querystring";
import { StringDecoder } from "node:string_decoder";
import url from "node:url";
import util from "node:util";
import { deepEqual, run, test } from "./testing.ts";

const bytes = new Uint8Array([97, 98, 99]);
const any = Buffer.prototype as any;

/** The message and code of what is thrown. */
function thrown(fn: () => unknown): unknown[] {
  try {
    return [fn()];
  } catch (error) {
    return [(error as Error).message, (error as { code?: string }).code];
  }
}

const cases: [name: string, made: () => unknown, expected: unknown][] = [
  ["buffer.equals of bytes that are no Buffer", () => Buffer.from("abc").equals(bytes), true],
  ["buffer.indexOf of such bytes", () => [Buffer.from("xabc").indexOf(bytes), Buffer.from("xabc").lastIndexOf(bytes), Buffer.from("xabc").includes(bytes)], [1, 1, true]],
  ["Buffer.from of digits that are none", () => ["0g11", "abc", "zz", "a\0b"].map((text) => Buffer.from(text, "hex").length), [0, 1, 0, 0]],
  ["buffer.write of half a byte", () => Buffer.alloc(4).write("abc", 0, "hex"), 1],
  ["buffer.write without an encoding", () => Buffer.alloc(4).write("abc", 0, "" as never), 3],
  ["buffer.toString of places out of range", () => [[0, -1], [-3, 2], [2, 1], [1.7, 2.2], [1, 100]].map(([from, to]) => Buffer.from("abc").toString("utf8", from, to)), ["", "ab", "", "b", "bc"]],
  ["buffer.toString as latin1", () => [[0, -1], [2, 1], [1, 100]].map(([from, to]) => Buffer.from("abc").toString("latin1", from, to)), ["", "", "bc"]],
  ["buffer.readBigUint64LE", () => [Buffer.alloc(8).readBigUint64LE(0), Buffer.alloc(8).writeBigUint64BE(1n)], [0n, 8]],
  ["buffer.utf8Slice and its like", () => [any.utf8Slice.call(Buffer.from("abc"), 1, 2), any.hexSlice.call(Buffer.from("abc")), any.latin1Write.call(Buffer.alloc(4), "ab", 1)], ["b", "616263", 2]],
  ["path.format of an extension without a dot", () => path.format({ dir: "/a", name: "b", ext: "c" }), "/a/b.c"],
  ["querystring.escape", () => querystring.escape("!'()*~-_. "), "!'()*~-_.%20"],
  ["querystring.stringify without separators", () => querystring.stringify({ a: 1, b: 2 }, null as never, null as never), "a=1&b=2"],
  ["querystring.stringify with separators", () => querystring.stringify({ a: 1, b: [2, 3] }, ";", ":"), "a:1;b:2;b:3"],
  ["querystring.parse with a decoder that fails", () => ({ ...querystring.parse("a=%zz", "&", "=", { decodeURIComponent: () => JSON.parse("") }) }), { a: "%zz" }],
  ["string_decoder of base64url", () => [new StringDecoder("base64url").write(Buffer.from([0xfb, 0xef, 0xff])), new StringDecoder("base64url").end(Buffer.from([0xfb]))], ["--__", "-w"]],
  ["string_decoder of bytes that are no Buffer", () => new StringDecoder().write(bytes as Buffer), "abc"],
  ["url.format of a query", () => url.format({ protocol: "http", host: "a", pathname: "/x", query: { a: 1, b: ["2", "3"] } }), "http://a/x?a=1&b=2&b=3"],
  [
    "url.resolve: a password is that of one host",
    () => ["http://z/", "//z/x", "//u:p@z/", "http://host:81/", "http://host/x", "y"].map((to) => url.resolve("http://user:pass@host/a", to)),
    ["http://z/", "http://z/x", "http://u:p@z/", "http://host:81/", "http://user:pass@host/x", "http://user:pass@host/y"],
  ],
  ["events: an error that is none", () => thrown(() => new EventEmitter().emit("error", "boom")), ["Unhandled error. ('boom')", "ERR_UNHANDLED_ERROR"]],
  ["events: how often one listens", () => {
    const emitter = new EventEmitter();
    const fn = (): void => {};
    return emitter.on("a", fn).on("a", () => {}).listenerCount("a", fn);
  }, 1],
  ["events: an aborted wait", () => once(new EventEmitter(), "a", { signal: AbortSignal.abort(1) }).catch((error) => [error.name, error.code, error.cause]), ["AbortError", "ABORT_ERR", 1]],
  ["util.promisify of what is promised already", () => {
    const promised = util.promisify((done: () => void) => done());
    return util.promisify(promised as never) === promised;
  }, true],
  ["util.callbackify", () => new Promise((resolve) => util.callbackify(() => Promise.reject(null))((error) => resolve([error.message, (error as any).reason]))), ["Promise was rejected with falsy value", null]],
  ["util.callbackify's name", () => util.callbackify(async function named(_: number) {}).name, "namedCallbackified"],
  ["util.stripVTControlCharacters of a link", () => util.stripVTControlCharacters("\u001b]8;;http://x/\u0007link\u001b]8;;\u0007 \u001b[31mred\u001b[39m"), "link red"],
  ["util._extend", () => [(util as any)._extend({ a: 1 }, { b: 2 }), (util as any)._extend({ a: 1 }, "x")], [{ a: 1, b: 2 }, { a: 1 }]],
  ["util.isDeepStrictEqual of URLs", () => ["http://a/", "http://b/"].map((to) => util.isDeepStrictEqual(new URL("http://a"), new URL(to))), [true, false]],
];
for (const [name, made, expected] of cases) test(name, async () => deepEqual(await made(), expected));

export default { fetch: async () => new Response(await run()) };

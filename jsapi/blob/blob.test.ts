import { deepEqual, equal, ok, rejects, test, throws } from "../core/testing.ts";

test("Blob: shape", () => {
  equal(Blob.length, 0);
  equal(Blob.prototype.slice.length, 0);
  equal(Object.prototype.toString.call(new Blob()), "[object Blob]");
  deepEqual(Object.keys(Blob.prototype), ["size", "type", "slice", "stream", "text", "arrayBuffer", "bytes"]);
  throws(() => (Blob as any)(), TypeError);
  const { get } = Object.getOwnPropertyDescriptor(Blob.prototype, "size")!;
  throws(() => get!.call({}), TypeError);
  throws(() => Blob.prototype.slice.call({} as never), TypeError);
});

const buffer = new Uint8Array([0x50, 0x41, 0x53, 0x53]).buffer;
const contents: [string, unknown, string][] = [
  ["nothing", undefined, ""],
  ["an empty list", [], ""],
  ["strings", ["ab", "c"], "abc"],
  ["what is turned into strings", [1, null, undefined, true, { toString: () => "o" }, [1, 2]], "1nullundefinedtrueo1,2"],
  ["an ArrayBuffer", [buffer], "PASS"],
  ["a Uint8Array", [new Uint8Array(buffer)], "PASS"],
  ["a part of a buffer", [new Uint8Array(buffer, 1, 2)], "AS"],
  ["a Uint16Array", [new Uint16Array(buffer)], "PASS"],
  ["a DataView", [new DataView(buffer, 2)], "SS"],
  ["blobs", [new Blob(["a"]), new Blob(["b", new Blob(["c"])])], "abc"],
  ["a set", new Set(["x", "y"]), "xy"],
  ["a String object", new String("xyz"), "xyz"],
  ["a typed array as the list", new Uint8Array([1, 23]), "123"],
  ["lone surrogates", ["\ud800a"], "\ufffda"],
  ["a generator", (function* () { yield "g"; yield new Uint8Array([0x68]); })(), "gh"], // prettier-ignore
];
for (const [name, parts, expected] of contents) {
  test(`Blob: of ${name}`, async () => {
    const blob = new Blob(parts as never);
    equal(await blob.text(), expected);
    equal(blob.size, new Blob([expected]).size);
  });
}

for (const parts of [null, 1, true, "string", {}, new Date(), /x/, { [Symbol.iterator]: 1 }]) {
  test(`Blob: parts that are no sequence (${String(parts)})`, () => {
    throws(() => new Blob(parts as never), TypeError);
  });
}

test("Blob: exceptions of the iterator come through", () => {
  const error = new RangeError("mine");
  const parts = {
    [Symbol.iterator]() {
      throw error;
    },
  };
  equal(throws(() => new Blob(parts as never), RangeError), error); // prettier-ignore
});

test("Blob: the list is read once, and then the options in their order", () => {
  const order: string[] = [];
  const options = {
    get type() {
      order.push("type");
      return "";
    },
    get endings() {
      order.push("endings");
      return undefined;
    },
  };
  const part = {
    toString() {
      order.push("part");
      return "";
    },
  };
  new Blob([part as never], options);
  deepEqual(order, ["part", "endings", "type"]);
});

test("Blob: bytes are copied when it is made", async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const blob = new Blob([bytes]);
  bytes[0] = 9;
  deepEqual(await blob.bytes(), new Uint8Array([1, 2, 3]));
  const again = await blob.bytes();
  again[0] = 9;
  deepEqual(await blob.arrayBuffer(), new Uint8Array([1, 2, 3]).buffer);
});

test("Blob: bad options", () => {
  throws(() => new Blob([], 1 as never), TypeError);
  throws(() => new Blob([], "x" as never), TypeError);
  throws(() => new Blob([], { endings: "Native" as never }), TypeError);
  equal(new Blob([], null as never).type, "");
  equal(new Blob([], (() => {}) as never).type, "");
});

const types: [unknown, string][] = [
  ["text/plain", "text/plain"],
  ["TEXT/Plain; Charset=UTF-8", "text/plain; charset=utf-8"],
  ["te\u0009xt", ""],
  ["te\u007fxt", ""],
  ["te\u00e9xt", ""],
  ["\u212a", ""],
  ["te(xt/plain", "te(xt/plain"],
  [null, "null"],
  [undefined, ""],
];
for (const [given, expected] of types) {
  test(`Blob: the type ${JSON.stringify(given)}`, () => {
    equal(new Blob([], { type: given as never }).type, expected);
    equal(new Blob([]).slice(0, 0, given as never).type, expected);
  });
}

test("Blob: endings", async () => {
  const parts = ["a\r\nb\rc\nd\r", "\ne\r\r\n"];
  equal(await new Blob(parts).text(), parts.join(""));
  equal(await new Blob(parts, { endings: "transparent" }).text(), parts.join(""));
  equal(await new Blob(parts, { endings: "native" }).text(), "a\nb\nc\nd\n\ne\n\n");
  equal(await new Blob([new Uint8Array([13, 10])], { endings: "native" }).text(), "\r\n");
});

const slices: [unknown[], string][] = [
  [[], "0123456789"],
  [[3], "3456789"],
  [[3, 5], "34"],
  [[-3], "789"],
  [[-3, -1], "78"],
  [[5, 3], ""],
  [[20], ""],
  [[0, 20], "0123456789"],
  [[-20, 2], "01"],
  [[undefined, 2], "01"],
  [[2, undefined], "23456789"],
  [[null, 2], "01"],
  [["2", "4"], "23"],
  [[NaN, 1], "0"],
  [[Infinity], ""],
  [[-Infinity, Infinity], "0123456789"],
  [[1.5, 2.5], ""],
  [[0.5, 1.5], "01"],
];
for (const [args, expected] of slices) {
  test(`Blob: slice(${args.map(String).join(", ")})`, async () => {
    const blob = new Blob(["01", "234", "", "56", "789"]);
    const slice = (blob.slice as any)(...args);
    equal(await slice.text(), expected);
    equal(slice.size, expected.length);
  });
}

test("Blob: a slice of a slice", async () => {
  const blob = new Blob(["hello ", "world"], { type: "text/plain" });
  const slice = blob.slice(2, -1).slice(2, 6);
  equal(await slice.text(), "o wo");
  equal(slice.type, "");
});

test("Blob: text takes off a byte order mark and replaces what is malformed", async () => {
  equal(await new Blob([new Uint8Array([0xef, 0xbb, 0xbf, 0x61])]).text(), "a");
  equal(await new Blob([new Uint8Array([0xef, 0xbb])]).text(), "\ufffd");
  equal(await new Blob([new Uint8Array([0xe2]), new Uint8Array([0x82, 0xac])]).text(), "€");
});

test("Blob: methods that return promises never throw", async () => {
  for (const method of ["text", "arrayBuffer", "bytes"] as const) {
    const promise = (Blob.prototype[method] as any).call({});
    ok(promise instanceof Promise);
    await rejects(promise, TypeError);
  }
  throws(() => (Blob.prototype as any).stream.call({}), TypeError);
});

async function readAll(stream: any): Promise<Uint8Array[]> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return chunks;
    chunks.push(value);
  }
}

test("Blob: stream gives the bytes, in fresh chunks", async () => {
  const blob = new Blob([new Uint8Array(100_000).fill(7), "ab"]);
  const chunks = await readAll(blob.stream());
  equal(
    chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    100_002,
  );
  ok(chunks.every((chunk) => chunk.constructor === Uint8Array && chunk.length > 0));
  chunks[0]![0] = 1;
  equal((await blob.bytes())[0], 7);
});

test("Blob: stream of nothing closes", async () => deepEqual(await readAll(new Blob().stream()), []));

test("Blob: stream has bytes for a BYOB reader", async () => {
  const reader = (new Blob(["hello"]).stream() as any).getReader({ mode: "byob" });
  const { value } = await reader.read(new Uint8Array(2));
  deepEqual(value, new Uint8Array([0x68, 0x65]));
  await reader.cancel();
});

test("Blob: a BYOB reader of nothing, and one that asks for more than there is", async () => {
  const empty = (new Blob().stream() as any).getReader({ mode: "byob" });
  equal((await empty.read(new Uint8Array(2))).done, true);
  const short = (new Blob(["a", "b"]).stream() as any).getReader({ mode: "byob" });
  const { value } = await short.read(new Uint8Array(4), { min: 3 });
  deepEqual([...(value as Uint8Array)], [0x61, 0x62]);
});

test("File: attributes", async () => {
  const file = new File(["bits"], "na/me\ud800", { type: "TEXT/x", lastModified: 12.9 });
  equal(file.name, "na/me\ufffd");
  equal(file.type, "text/x");
  equal(file.lastModified, 12);
  equal(file.size, 4);
  equal(await file.text(), "bits");
  ok(file instanceof Blob);
  equal(File.length, 2);
  equal(Object.getPrototypeOf(File), Blob);
  equal(Object.prototype.toString.call(file), "[object File]");
  ok(!(file.slice() instanceof File));
});

test("File: defaults and bad arguments", () => {
  const before = Date.now();
  const file = new File([], undefined as never);
  equal(file.name, "undefined");
  equal(file.type, "");
  ok(file.lastModified >= before && file.lastModified <= Date.now());
  equal(new File([], "x", { lastModified: -1 }).lastModified, -1);
  equal(new File([], "x", { lastModified: NaN }).lastModified, 0);
  equal(new File([], "x", { lastModified: new Date(5) as never }).lastModified, 5);
  throws(() => new (File as any)(), TypeError);
  throws(() => new (File as any)([]), TypeError);
  throws(() => new File("bits" as never, "name"), TypeError);
  throws(() => new File(undefined as never, "name"), TypeError);
  throws(() => new File([], "name", 1 as never), TypeError);
  throws(() => Object.getOwnPropertyDescriptor(File.prototype, "name")!.get!.call(new Blob()), TypeError);
});

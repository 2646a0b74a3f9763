import { deepEqual, equal, rejects, test, throws } from "../core/testing.ts";

// The globals, without types: many tests give them what the types forbid.
const { ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableStream, TransformStream, WritableStream } = globalThis as any;

const interfaces: Record<string, string[]> = {
  ByteLengthQueuingStrategy: ["highWaterMark", "size"],
  CountQueuingStrategy: ["highWaterMark", "size"],
  ReadableByteStreamController: ["byobRequest", "close", "desiredSize", "enqueue", "error"],
  ReadableStream: ["cancel", "getReader", "locked", "pipeThrough", "pipeTo", "tee", "values"],
  ReadableStreamBYOBReader: ["cancel", "closed", "read", "releaseLock"],
  ReadableStreamBYOBRequest: ["respond", "respondWithNewView", "view"],
  ReadableStreamDefaultController: ["close", "desiredSize", "enqueue", "error"],
  ReadableStreamDefaultReader: ["cancel", "closed", "read", "releaseLock"],
  TransformStream: ["readable", "writable"],
  TransformStreamDefaultController: ["desiredSize", "enqueue", "error", "terminate"],
  WritableStream: ["abort", "close", "getWriter", "locked"],
  WritableStreamDefaultController: ["error", "signal"],
  WritableStreamDefaultWriter: ["abort", "close", "closed", "desiredSize", "ready", "releaseLock", "write"],
};

for (const [name, members] of Object.entries(interfaces)) {
  test(`${name} is a Web interface`, () => {
    const klass = (globalThis as any)[name];
    equal(klass.name, name);
    equal(klass.prototype[Symbol.toStringTag], name);
    deepEqual(Object.keys(klass.prototype).sort(), members);
    equal(Object.getOwnPropertyDescriptor(globalThis, name)!.enumerable, false);
  });
}

test("values() is the async iterator", () => {
  equal(ReadableStream.prototype[Symbol.asyncIterator], ReadableStream.prototype.values);
});

test("controllers cannot be constructed", () => {
  for (const name of Object.keys(interfaces).filter((name) => /Controller|Request/.test(name))) {
    throws(() => new (globalThis as any)[name](), TypeError);
  }
});

test("members check their object: synchronous ones throw, those of promises reject", async () => {
  throws(() => Object.getOwnPropertyDescriptor(ReadableStream.prototype, "locked")!.get!.call({}), TypeError);
  throws(() => ReadableStream.prototype.getReader.call({}), TypeError);
  await rejects(ReadableStream.prototype.cancel.call({}), TypeError);
  await rejects(WritableStream.prototype.abort.call({}), TypeError);
});

const badArguments: [string, () => unknown, abstract new () => unknown][] = [
  ["a source that is no object", () => new ReadableStream(1), TypeError],
  ["a source of null", () => new ReadableStream(null), TypeError],
  ["an unknown type", () => new ReadableStream({ type: "owning" }), TypeError],
  ["a pull that is no function", () => new ReadableStream({ pull: 1 }), TypeError],
  ["a negative high water mark", () => new ReadableStream({}, { highWaterMark: -1 }), RangeError],
  ["a high water mark of NaN", () => new WritableStream({}, { highWaterMark: NaN }), RangeError],
  ["a byte stream with a size", () => new ReadableStream({ type: "bytes" }, { size: () => 1 }), RangeError],
  ["autoAllocateChunkSize of 0", () => new ReadableStream({ type: "bytes", autoAllocateChunkSize: 0 }), TypeError],
  ["a sink with a type", () => new WritableStream({ type: "bytes" }), RangeError],
  ["a transformer with a type", () => new TransformStream({ readableType: "bytes" }), RangeError],
  ["a strategy without a high water mark", () => new CountQueuingStrategy({}), TypeError],
  ["a BYOB reader of a default stream", () => new ReadableStream().getReader({ mode: "byob" }), TypeError],
  ["an unknown reader", () => new ReadableStream().getReader({ mode: "x" }), TypeError],
  ["from() of what is not iterable", () => ReadableStream.from({}), TypeError],
];

for (const [name, fn, error] of badArguments) test(`refuses ${name}`, () => void throws(fn, error));

import { deepEqual, equal, rejects, test, throws } from "../core/testing.ts";
import { chunksOf } from "./test-streams.ts";

// The globals, without types: many tests give them what the types forbid.
const { ReadableStream } = globalThis as any;

test("a byte stream takes the chunk's memory and gives Uint8Arrays", async () => {
  const chunk = new Uint16Array([0x0201, 0x0403]);
  const stream = new ReadableStream({
    type: "bytes",
    start(c: any) {
      c.enqueue(chunk);
      c.close();
    },
  });
  equal(chunk.byteLength, 0);
  deepEqual(await chunksOf(stream), [new Uint8Array([1, 2, 3, 4])]);
});

test("a BYOB read fills the given view through the request", async () => {
  const stream = new ReadableStream({
    type: "bytes",
    pull(c: any) {
      c.byobRequest.view.set([1, 2, 3]);
      c.byobRequest.respond(3);
    },
  });
  const reader = stream.getReader({ mode: "byob" });
  const view = new Uint8Array(8);
  const { value, done } = await reader.read(view);
  equal(done, false);
  equal(view.byteLength, 0, "the view's buffer was transferred");
  deepEqual(value, new Uint8Array([1, 2, 3]));
  equal(value.buffer.byteLength, 8);
});

test("a source cannot keep the memory of a BYOB request that it answered", async () => {
  let kept: any;
  const stream = new ReadableStream({
    type: "bytes",
    pull(c: any) {
      kept = c.byobRequest.view;
      c.byobRequest.respond(1);
    },
  });
  const { value } = await stream.getReader({ mode: "byob" }).read(new Uint8Array(4));
  equal(kept.byteLength, 0);
  equal(value.byteLength, 1);
});

test("min makes a BYOB read wait for that many elements", async () => {
  let controller: any;
  const stream = new ReadableStream({ type: "bytes", start: (c: any) => void (controller = c) });
  const read = stream.getReader({ mode: "byob" }).read(new Uint16Array(4), { min: 2 });
  controller.enqueue(new Uint8Array([1, 0, 2]));
  controller.enqueue(new Uint8Array([0, 3]));
  deepEqual((await read).value, new Uint16Array([1, 2]));
});

test("autoAllocateChunkSize gives default reads a BYOB request", async () => {
  const stream = new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize: 16,
    pull(c: any) {
      equal(c.byobRequest.view.byteLength, 16);
      c.byobRequest.respond(2);
    },
  });
  equal((await stream.getReader().read()).value.byteLength, 2);
});

test("closing a byte stream in the middle of an element fails it", async () => {
  let controller: any;
  const stream = new ReadableStream({ type: "bytes", start: (c: any) => void (controller = c) });
  const read = stream.getReader({ mode: "byob" }).read(new Uint16Array(2));
  controller.enqueue(new Uint8Array(1));
  throws(() => controller.close(), TypeError);
  await rejects(read, TypeError);
});

test("a view of resizable memory is refused", async () => {
  const stream = new ReadableStream({ type: "bytes" });
  const buffer = new (ArrayBuffer as any)(8, { maxByteLength: 16 });
  await rejects(stream.getReader({ mode: "byob" }).read(new Uint8Array(buffer)), TypeError);
});

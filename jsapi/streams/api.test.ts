// The API for the rest of the runtime. It is loaded anew here, from within the
// tests, because it takes its intrinsics from __host while it is loaded.

import { deepEqual, equal, rejects, test, throws } from "../core/testing.ts";
import type { ReadRequest } from "./index.ts";

const load = () => import("./index.ts");

/** A read request that keeps what it is told. */
function recorder(): ReadRequest & { events: unknown[] } {
  const events: unknown[] = [];
  return {
    events,
    chunk: (value) => void events.push(value),
    close: () => void events.push("close"),
    error: (reason) => void events.push("error", reason),
  };
}

test("a direct source answers a read before it returns", async () => {
  const { acquireReader, close, createReadableStream, enqueue, readInto } = await load();
  let pulls = 0;
  const stream = createReadableStream(
    {
      __proto__: null,
      pull(c: any) {
        if (++pulls > 2) close(c);
        else enqueue(c, pulls);
      },
    } as never,
    0,
  );
  equal(pulls, 0, "nothing runs before the first read");
  const reader = acquireReader(stream);
  const request = recorder();
  for (let i = 0; i < 3; i++) readInto(reader, request);
  deepEqual(request.events, [1, 2, "close"]);
});

test("a direct source fills the queue up to the high water mark without recursion", async () => {
  const { acquireReader, createReadableStream, desiredSize, enqueue, readInto } = await load();
  const mark = 100_000;
  let controller: any;
  let pulls = 0;
  const source = {
    __proto__: null,
    start: (c: any) => void (controller = c),
    pull: (c: any) => enqueue(c, ++pulls),
  };
  const stream = createReadableStream(source as never, mark);
  readInto(acquireReader(stream), recorder());
  await undefined;
  equal(desiredSize(controller), 0);
  equal(pulls, mark + 1);
});

test("a source whose pull returned PENDING tells its end itself", async () => {
  const { acquireReader, createReadableStream, enqueue, PENDING, readInto } = await load();
  let controller: any;
  let pulls = 0;
  const source = {
    __proto__: null,
    start: (c: any) => void (controller = c),
    pull() {
      pulls++;
      return PENDING;
    },
  };
  const reader = acquireReader(createReadableStream(source as never, 0));
  const request = recorder();
  readInto(reader, request);
  readInto(reader, request);
  equal(pulls, 1);
  enqueue(controller, "a");
  controller.finishPull();
  equal(pulls, 2);
  deepEqual(request.events, ["a"]);
});

test("a byte stream passes a chunk on without a copy when a reader waits, and drops empty ones", async () => {
  const { acquireReader, createReadableByteStream, enqueue, readInto } = await load();
  let controller: any;
  const source = { __proto__: null, start: (c: any) => void (controller = c) };
  const reader = acquireReader(createReadableByteStream(source as never));
  const request = recorder();
  const chunk = new Uint8Array([1, 2]);
  enqueue(controller, new Uint8Array(0));
  readInto(reader, request);
  enqueue(controller, new Uint8Array(0));
  deepEqual(request.events, []);
  enqueue(controller, chunk);
  equal(request.events[0], chunk);
  enqueue(controller, new Uint8Array([3]));
  readInto(reader, request);
  deepEqual(request.events[1], new Uint8Array([3]));
});

test("close ends BYOB reads that wait", async () => {
  const { close, createReadableByteStream } = await load();
  let controller: any;
  const source = { __proto__: null, start: (c: any) => void (controller = c) };
  const stream = createReadableByteStream(source as never);
  const read = (stream.getReader({ mode: "byob" }) as any).read(new Uint8Array(4));
  close(controller);
  const { value, done } = await read;
  equal(done, true);
  equal(value.byteLength, 0);
});

test("an error reaches readers, and operations after the end do nothing", async () => {
  const { acquireReader, close, createReadableStream, desiredSize, enqueue, error, readInto } = await load();
  let controller: any;
  const stream = createReadableStream({ __proto__: null, start: (c: any) => void (controller = c) } as never);
  const reader = acquireReader(stream);
  const request = recorder();
  readInto(reader, request);
  error(controller, "bad");
  enqueue(controller, 1);
  close(controller);
  readInto(reader, request);
  deepEqual(request.events, ["error", "bad", "error", "bad"]);
  equal(desiredSize(controller), null);
});

test("states are told by brand", async () => {
  const api = await load();
  const stream = api.createReadableStream({ __proto__: null } as never);
  const writable = api.createWritableStream({ __proto__: null } as never);
  equal(api.isReadableStream(stream), true);
  equal(api.isReadableStream(writable), false);
  equal(api.isWritableStream(writable), true);
  equal(api.isReadableStream(Object.create(Object.getPrototypeOf(stream))), false);
  equal(api.isLocked(stream), false);
  equal(api.isDisturbed(stream), false);
  const reader = api.acquireReader(stream);
  equal(api.isLocked(stream), true);
  equal(api.isDisturbed(stream), false);
  throws(() => api.acquireReader(stream), TypeError);
  api.readInto(reader, recorder());
  equal(api.isDisturbed(stream), true);
  api.releaseReader(reader);
  equal(api.isLocked(stream), false);
});

test("cancelling reaches the source, through a reader or the stream", async () => {
  const { acquireReader, cancelReader, cancelStream, createReadableStream } = await load();
  const reasons: unknown[] = [];
  const create = () => createReadableStream({ __proto__: null, cancel: (r: unknown) => void reasons.push(r) } as never);
  await cancelStream(create(), 1);
  await cancelReader(acquireReader(create()), 2);
  deepEqual(reasons, [1, 2]);
});

test("a pipe moves chunks to a sink of the runtime", async () => {
  const { close, createReadableByteStream, createWritableStream, enqueue, pipeTo } = await load();
  let left = 5;
  let bytes = 0;
  const source = {
    __proto__: null,
    pull(c: any) {
      if (left-- === 0) close(c);
      else enqueue(c, new Uint8Array(10));
    },
  };
  const sink = { __proto__: null, write: (chunk: any) => void (bytes += chunk.byteLength) };
  await pipeTo(createReadableByteStream(source as never), createWritableStream(sink as never));
  equal(bytes, 50);
});

test("a pipe to a locked destination leaves the source unlocked", async () => {
  const { createReadableStream, createWritableStream, isLocked, pipeTo } = await load();
  const source = createReadableStream({ __proto__: null } as never);
  const destination = createWritableStream({ __proto__: null } as never);
  destination.getWriter();
  throws(() => pipeTo(source, destination), TypeError);
  equal(isLocked(source), false);
});

test("a transform of the runtime", async () => {
  const { createTransformStream, enqueue, terminate } = await load();
  const transform = createTransformStream({
    __proto__: null,
    transform(chunk: unknown, c: any) {
      if (chunk === "stop") terminate(c);
      else enqueue(c, `<${chunk}>`);
    },
  } as never);
  const writer = transform.writable.getWriter();
  const reader = transform.readable.getReader() as any;
  const write = writer.write("a");
  deepEqual(await reader.read(), { value: "<a>", done: false } as never);
  await write;
  const end = reader.read();
  await writer.write("stop");
  equal((await end).done, true);
  await rejects(writer.write("b"), TypeError);
});

test("a tee with clones", async () => {
  const { createReadableStream, enqueue, teeStream } = await load();
  const stream = createReadableStream({ __proto__: null, start: (c: any) => enqueue(c, new Uint8Array([1])) } as never);
  const [a, b] = teeStream(stream, true);
  const first = (await (a.getReader() as any).read()).value as Uint8Array;
  const second = (await (b.getReader() as any).read()).value as Uint8Array;
  first[0] = 9;
  equal(second[0], 1);
});

test("a host body can be taken once, from a stream that nobody touched", async () => {
  const api = await load();
  const create = () => {
    const stream = api.createReadableByteStream({ __proto__: null, pull() {} } as never);
    api.setHostBody(stream, token);
    return stream;
  };
  const token = {};
  const stream = create();
  equal(api.hostBody(stream), token);
  equal(api.takeHostBody(stream), token);
  equal(api.takeHostBody(stream), undefined);
  equal(api.isLocked(stream), true);
  equal(api.isDisturbed(stream), true);

  const locked = create();
  const reader = api.acquireReader(locked);
  equal(api.takeHostBody(locked), undefined);
  api.releaseReader(reader);
  equal(api.hostBody(locked), token, "a lock that read nothing leaves the body whole");

  const cancelled = create();
  await api.cancelStream(cancelled, undefined);
  equal(api.hostBody(cancelled), undefined);
});

import { deepEqual, equal, ok, rejects, test } from "../core/testing.ts";
import { chunksOf, collector, streamOf } from "./test-streams.ts";

// The globals, without types: many tests give them what the types forbid.
const { AbortController, ReadableStream, WritableStream } = globalThis as any;

test("pipeTo moves all chunks and closes", async () => {
  const { stream, events } = collector();
  await streamOf(1, 2, 3).pipeTo(stream);
  deepEqual(events, [1, 2, 3, "close"]);
});

test("pipeTo takes no more than the destination wants", async () => {
  let pulls = 0;
  let release!: () => void;
  const source = new ReadableStream({ pull: (c: any) => c.enqueue(++pulls) }, { highWaterMark: 0 });
  const written = new Promise<void>((resolve) => {
    const destination = new WritableStream({
      write() {
        resolve();
        return new Promise<void>((r) => (release = r));
      },
    });
    source.pipeTo(destination).catch(() => {});
  });
  await written;
  equal(pulls, 1);
  release();
});

test("errors go forward as an abort and backward as a cancel", async () => {
  const error = new Error("broken");
  const { stream, events } = collector();
  const failing = new ReadableStream({
    start(c: any) {
      c.error(error);
    },
  });
  equal(await rejects(failing.pipeTo(stream)), error);
  deepEqual(events, ["abort", error]);

  let cancelled: unknown;
  const source = new ReadableStream({ pull: (c: any) => c.enqueue(1), cancel: (r: unknown) => void (cancelled = r) });
  const full = new WritableStream({
    write() {
      throw error;
    },
  });
  equal(await rejects(source.pipeTo(full)), error);
  equal(cancelled, error);
});

test("the prevent options leave the other end alone", async () => {
  const { stream, events } = collector();
  await streamOf(1).pipeTo(stream, { preventClose: true });
  equal(stream.locked, false);
  await streamOf(2).pipeTo(stream);
  deepEqual(events, [1, 2, "close"]);
});

test("a signal ends a pipe with its reason", async () => {
  const abort = new AbortController();
  const { stream, events } = collector();
  const piped = new ReadableStream().pipeTo(stream, { signal: abort.signal });
  abort.abort("bye");
  equal(await rejects(piped), "bye");
  deepEqual(events, ["abort", "bye"]);
});

test("enqueue does not call the sink's write of a pipe", async () => {
  let controller: any;
  const { stream, events } = collector();
  const source = new ReadableStream({ start: (c: any) => void (controller = c) });
  const piped = source.pipeTo(stream);
  await chunksOf(streamOf(1, 2, 3));
  controller.enqueue("x");
  deepEqual(events, []);
  controller.close();
  await piped;
  deepEqual(events, ["x", "close"]);
});

test("then of Object.prototype does not see what a pipe moves", async () => {
  const { stream, events } = collector();
  const seen: unknown[] = [];
  Object.defineProperty(Object.prototype, "then", {
    configurable: true,
    get() {
      seen.push(this);
    },
  });
  try {
    await streamOf("a").pipeTo(stream);
  } finally {
    delete (Object.prototype as any).then;
  }
  deepEqual(events, ["a", "close"]);
  ok(seen.every((value) => (value as any)?.value !== "a"));
});

test("a chunk that arrives just after the destination failed is dropped", async () => {
  const error = new Error("gone");
  let source: any;
  let sink: any;
  const readable = new ReadableStream({ start: (c: any) => void (source = c) });
  const writable = new WritableStream({ start: (c: any) => void (sink = c) });
  const piped = rejects(readable.pipeTo(writable, { preventCancel: true }));
  await chunksOf(streamOf(1, 2, 3));
  sink.error(error);
  source.enqueue("late");
  equal(await piped, error);
  equal(readable.locked, false);
  source.enqueue("next");
  deepEqual(await readable.getReader().read(), { value: "next", done: false });
});

import { deepEqual, equal, rejects, test } from "../core/testing.ts";
import { chunksOf, streamOf } from "./test-streams.ts";

// The globals, without types: many tests give them what the types forbid.
const { TransformStream } = globalThis as any;

test("an identity transform passes chunks on", async () => {
  deepEqual(await chunksOf(streamOf(1, 2).pipeThrough(new TransformStream())), [1, 2]);
});

test("a transformer maps, adds at the end, and may be asynchronous", async () => {
  const doubled = new TransformStream({
    async transform(chunk: number, controller: any) {
      controller.enqueue(chunk * 2);
    },
    flush: (controller: any) => controller.enqueue("end"),
  });
  deepEqual(await chunksOf(streamOf(1, 2).pipeThrough(doubled)), [2, 4, "end"]);
});

test("terminate ends the readable side and fails the writable side", async () => {
  const first = new TransformStream({
    transform(chunk: unknown, controller: any) {
      controller.enqueue(chunk);
      controller.terminate();
    },
  });
  const writer = first.writable.getWriter();
  const write = writer.write(1);
  deepEqual(await chunksOf(first.readable), [1]);
  await write;
  await rejects(writer.write(2), TypeError);
});

test("an exception of transform fails both sides", async () => {
  const error = new Error("bad chunk");
  const transform = new TransformStream({
    transform() {
      throw error;
    },
  });
  const writer = transform.writable.getWriter();
  const read = rejects(transform.readable.getReader().read());
  equal(await rejects(writer.write(1)), error);
  equal(await read, error);
});

test("a transform that errors itself in cancel() fails the cancel", async () => {
  const error = new Error("late");
  let controller: any;
  const transform = new TransformStream({
    start: (c: any) => void (controller = c),
    async cancel() {
      controller.error(error);
    },
  });
  const cancelled = rejects(transform.readable.cancel());
  const closed = rejects(transform.writable.close());
  equal(await cancelled, error);
  equal(await closed, error);
});

test("a chunk written while cancel() runs is dropped", async () => {
  let finish!: () => void;
  const seen: unknown[] = [];
  const transform = new TransformStream(
    {
      transform: (chunk: unknown) => void seen.push(chunk),
      cancel: () => new Promise<void>((resolve) => (finish = resolve)),
    },
    {},
    { highWaterMark: 5 },
  );
  const writer = transform.writable.getWriter();
  await writer.write("a");
  const cancelled = transform.readable.cancel("enough");
  await writer.write("b");
  finish();
  await cancelled;
  equal(await rejects(writer.closed), "enough");
  deepEqual(seen, ["a"]);
});

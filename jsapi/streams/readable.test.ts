import { deepEqual, equal, rejects, test, throws } from "../core/testing.ts";
import { chunksOf, streamOf } from "./test-streams.ts";

// The globals, without types: many tests give them what the types forbid.
const { ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableStream } = globalThis as any;

test("strategies have the sizes of their names", () => {
  equal(new ByteLengthQueuingStrategy({ highWaterMark: 3 }).highWaterMark, 3);
  equal(new ByteLengthQueuingStrategy({ highWaterMark: 3 }).size({ byteLength: 7 }), 7);
  equal(new CountQueuingStrategy({ highWaterMark: 3 }).size({ byteLength: 7 }), 1);
});

test("a stream gives its chunks in order, and then its end", async () => {
  deepEqual(await chunksOf(streamOf(1, undefined, "c")), [1, undefined, "c"]);
});

test("more chunks than a ring holds at first, enqueued while others are read", async () => {
  let controller: any;
  const reader = new ReadableStream({ start: (c: any) => void (controller = c) }).getReader();
  const got: unknown[] = [];
  let next = 0;
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < round; i++) controller.enqueue(next++);
    for (let i = 0; i < round / 2; i++) got.push((await reader.read()).value);
  }
  controller.close();
  for (let r = await reader.read(); !r.done; r = await reader.read()) got.push(r.value);
  deepEqual(got, Array.from({ length: next }, (_, i) => i));
});

test("desiredSize adds up sizes that are not 1", async () => {
  let controller: any;
  const stream = new ReadableStream(
    { start: (c: any) => void (controller = c) },
    { highWaterMark: 10, size: (chunk: number) => chunk },
  );
  controller.enqueue(1);
  controller.enqueue(4);
  controller.enqueue(0.5);
  equal(controller.desiredSize, 4.5);
  const reader = stream.getReader();
  await reader.read();
  equal(controller.desiredSize, 5.5);
  throws(() => controller.enqueue(-1), RangeError);
  await rejects(reader.closed, RangeError);
});

test("pull is called as long as the queue is below the high water mark", async () => {
  let pulls = 0;
  const stream = new ReadableStream({ pull: (c: any) => c.enqueue(++pulls) }, { highWaterMark: 3 });
  await chunksOf(streamOf()); // Some microtasks for the start and the pulls.
  await chunksOf(streamOf());
  await chunksOf(streamOf());
  equal(pulls, 3);
  const reader = stream.getReader();
  equal((await reader.read()).value, 1);
});

test("an error of pull, thrown or rejected, is the stream's", async () => {
  const error = new Error("no");
  const thrower = new ReadableStream({
    pull() {
      throw error;
    },
  });
  equal(await rejects(thrower.getReader().read()), error);
  equal(await rejects(new ReadableStream({ pull: () => Promise.reject(error) }).getReader().read()), error);
});

test("cancel reaches the source with its reason", async () => {
  let reason: unknown;
  const stream = new ReadableStream({ cancel: (r: unknown) => void (reason = r) });
  equal(await stream.cancel("enough"), undefined);
  equal(reason, "enough");
  equal((await stream.getReader().read()).done, true);
});

test("a released reader's pending reads fail, and the stream can be read on", async () => {
  let controller: any;
  const stream = new ReadableStream({ start: (c: any) => void (controller = c) });
  const first = stream.getReader();
  const pending = first.read();
  first.releaseLock();
  await rejects(pending, TypeError);
  await rejects(first.closed, TypeError);
  await rejects(first.read(), TypeError);
  controller.enqueue("x");
  equal((await stream.getReader().read()).value, "x");
});

test("leaving for-await cancels the stream, unless preventCancel says no", async () => {
  for (const preventCancel of [false, true]) {
    let cancelled = false;
    const stream = new ReadableStream({ pull: (c: any) => c.enqueue(1), cancel: () => void (cancelled = true) });
    for await (const _ of stream.values({ preventCancel })) break;
    equal(cancelled, !preventCancel);
    equal(stream.locked, false);
  }
});

test("calls of next() and return() that do not wait are answered in order", async () => {
  const iterator = streamOf(1, 2)[Symbol.asyncIterator]();
  const answers = await Promise.all([iterator.next(), iterator.next(), iterator.return("r"), iterator.next()]);
  deepEqual(answers, [
    { value: 1, done: false },
    { value: 2, done: false },
    { value: "r", done: true },
    { value: undefined, done: true },
  ]);
});

test("next() gives an awaiting source time to pull before a return()", async () => {
  let pulled = 0;
  const stream = new ReadableStream({ pull: (c: any) => void c.enqueue(pulled++) });
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  await iterator.return();
  equal(pulled, 2);
});

test("from() reads iterables of values, of promises, and asynchronous ones", async () => {
  deepEqual(await chunksOf(ReadableStream.from([1, 2])), [1, 2]);
  deepEqual(await chunksOf(ReadableStream.from([Promise.resolve(1), 2])), [1, 2]);
  deepEqual(
    await chunksOf(
      ReadableStream.from(
        (async function* () {
          yield "a";
          yield "b";
        })(),
      ),
    ),
    ["a", "b"],
  );
  deepEqual(await chunksOf(ReadableStream.from("hé")), ["h", "é"]);
});

test("cancelling from() calls return() of the iterator", async () => {
  let reason: unknown;
  const iterator = { next: async () => ({ value: 1, done: false }), return: async (r: unknown) => ((reason = r), {}) };
  const stream = ReadableStream.from({ [Symbol.asyncIterator]: () => iterator });
  await stream.cancel("stop");
  equal(reason, "stop");
});

test("members of Object.prototype are no algorithms of the runtime's own sources", async () => {
  const prototype = Object.prototype as any;
  let calls = 0;
  for (const name of ["start", "pull", "cancel"]) prototype[name] = () => void calls++;
  try {
    const [a, b] = ReadableStream.from(["x"]).tee();
    await Promise.all([a.getReader().read(), b.cancel()]);
  } finally {
    for (const name of ["start", "pull", "cancel"]) delete prototype[name];
  }
  equal(calls, 0);
});

import { deepEqual, equal, test } from "../core/testing.ts";
import { chunksOf, streamOf } from "./test-streams.ts";

// The globals, without types: many tests give them what the types forbid.
const { ReadableStream } = globalThis as any;

test("both branches of a tee get every chunk", async () => {
  const [a, b] = streamOf(1, 2).tee();
  deepEqual(await Promise.all([chunksOf(a), chunksOf(b)]), [
    [1, 2],
    [1, 2],
  ]);
});

test("the branches of a byte stream's tee share no memory", async () => {
  const stream = new ReadableStream({
    type: "bytes",
    start(c: any) {
      c.enqueue(new Uint8Array([1, 2]));
      c.close();
    },
  });
  const [a, b] = stream.tee();
  const [[first], [second]] = (await Promise.all([chunksOf(a), chunksOf(b)])) as any;
  first[0] = 9;
  deepEqual(second, new Uint8Array([1, 2]));
});

test("the source of a tee is cancelled when both branches are", async () => {
  let reasons: unknown;
  const [a, b] = new ReadableStream({ cancel: (r: unknown) => void (reasons = r) }).tee();
  const first = a.cancel("a");
  equal(reasons, undefined);
  await b.cancel("b");
  await first;
  deepEqual(reasons, ["a", "b"]);
});

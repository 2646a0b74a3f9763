import { deepEqual, equal, ok, rejects, test, throws } from "../core/testing.ts";

function moved<T extends Transferable>(object: T): T {
  return structuredClone(object, { transfer: [object] });
}

async function all(stream: ReadableStream): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

test("transfer: a readable stream's chunks arrive as copies", async () => {
  const chunk = { a: new Uint8Array([1, 2]) };
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(chunk);
      controller.enqueue("last");
      controller.close();
    },
  });
  const copy = moved(stream);
  ok(copy instanceof ReadableStream && copy !== stream && stream.locked);
  const chunks = await all(copy);
  deepEqual(chunks, [chunk, "last"]);
  ok(chunks[0] !== chunk);
});

test("transfer: nothing is pulled that nobody asks for", async () => {
  let pulls = 0;
  const stream = new ReadableStream(
    {
      pull(controller) {
        controller.enqueue(++pulls);
      },
    },
    { highWaterMark: 0 },
  );
  const reader = moved(stream).getReader();
  for (let i = 1; i <= 5; i++) deepEqual(await reader.read(), { done: false, value: i });
  ok(pulls <= 6, `${pulls} pulls`);
  await reader.cancel();
});

test("transfer: errors and cancellation go over", async () => {
  const failing = moved(new ReadableStream({ start: (controller) => controller.error(new RangeError("gone")) }));
  equal((await rejects(failing.getReader().read(), RangeError)).message, "gone");
  let reason: unknown;
  const cancelled = new Promise<void>((resolve) => {
    const source = new ReadableStream({
      cancel(why) {
        reason = why;
        resolve();
      },
    });
    moved(source).cancel(new DOMException("enough", "AbortError"));
  });
  await cancelled;
  ok(reason instanceof DOMException && reason.name === "AbortError");
  const unclonable = moved(new ReadableStream({ start: (controller) => controller.enqueue(() => {}) }));
  await rejects(unclonable.getReader().read(), "DataCloneError");
});

test("transfer: a writable stream", async () => {
  const written: unknown[] = [];
  const sink = new WritableStream({ write: (chunk) => void written.push(chunk), close: () => void written.push("closed") });
  const writer = moved(sink).getWriter();
  ok(sink.locked);
  await writer.write({ a: 1 });
  await writer.close();
  while (written.length < 2) await new Promise((resolve) => setTimeout(resolve, 0));
  deepEqual(written, [{ a: 1 }, "closed"]);
  const aborted = new Promise((resolve) => {
    moved(new WritableStream({ abort: resolve })).abort("why");
  });
  equal(await aborted, "why");
  const refusing = moved(new WritableStream()).getWriter();
  refusing.closed.catch(() => {});
  await rejects(refusing.write(new WritableStream()), "DataCloneError");
});

test("transfer: a transform stream, and streams inside of a message", async () => {
  const upper = new TransformStream<string, string>({ transform: (chunk, controller) => controller.enqueue(chunk.toUpperCase()) });
  const source = new ReadableStream({
    start(controller) {
      controller.enqueue("a");
      controller.close();
    },
  });
  const { port1, port2 } = new MessageChannel();
  const extra = new MessageChannel();
  const message = new Promise<MessageEvent>((resolve) => (port2.onmessage = resolve));
  port1.postMessage({ source, upper }, [source, extra.port1, upper]);
  ok(source.locked && upper.readable.locked && upper.writable.locked);
  const { data, ports } = await message;
  equal(ports.length, 1);
  ok(data.upper instanceof TransformStream && ports[0] instanceof MessagePort);
  deepEqual(await all(data.source.pipeThrough(data.upper)), ["A"]);
});

test("transfer: what cannot be transferred", () => {
  const locked = new ReadableStream();
  locked.getReader();
  const half = new TransformStream();
  half.writable.getWriter();
  for (const stream of [locked, half]) ok(throws(() => moved(stream), "DataCloneError").message.includes("locked"));
  ok(!half.readable.locked);
  throws(() => structuredClone(new ReadableStream()), "DataCloneError");
  throws(() => moved(new CompressionStream("gzip") as never), "DataCloneError");
  const stream = new ReadableStream();
  const value = {
    get trap() {
      return stream.getReader() && 1;
    },
  };
  throws(() => structuredClone(value, { transfer: [stream] }), "DataCloneError");
  const { port1, port2 } = new MessageChannel();
  const again = {
    get trap() {
      port2.postMessage(0, [port1 as never]);
      return 1;
    },
  };
  throws(() => structuredClone(again, { transfer: [port1] }), "DataCloneError");
});

test("transfer: the body of a response", async () => {
  const response = new Response(moved(new Response("a body").body!));
  equal(await response.text(), "a body");
});

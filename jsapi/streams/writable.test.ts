import { deepEqual, equal, rejects, test } from "../core/testing.ts";
import { collector } from "./test-streams.ts";

// The globals, without types: many tests give them what the types forbid.
const { WritableStream } = globalThis as any;

test("a writer's chunks reach the sink one at a time", async () => {
  const { stream, events } = collector();
  const writer = stream.getWriter();
  equal(writer.desiredSize, 1);
  const write = writer.write("a");
  equal(writer.desiredSize, 0);
  await write;
  await writer.ready;
  equal(writer.desiredSize, 1);
  writer.write("b");
  await writer.close();
  await writer.closed;
  deepEqual(events, ["a", "b", "close"]);
});

test("abort aborts the controller's signal, and then the sink", async () => {
  let controller: any;
  const events: unknown[] = [];
  const stream = new WritableStream({
    start(c: any) {
      controller = c;
    },
    abort: (reason: unknown) => void events.push(reason),
  });
  const aborted = stream.abort("why");
  equal(controller.signal.aborted, true, "a signal that is asked for late is aborted, too");
  equal(controller.signal.reason, "why");
  await aborted;
  deepEqual(events, ["why"]);
});

test("a sink that fails fails later writes with its error", async () => {
  const error = new Error("full");
  const writer = new WritableStream({ write: () => Promise.reject(error) }).getWriter();
  equal(await rejects(writer.write(1)), error);
  equal(await rejects(writer.write(2)), error);
  equal(await rejects(writer.closed), error);
  equal(writer.desiredSize, null);
});

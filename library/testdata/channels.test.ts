// Channels of node:diagnostics_channel.
import { AsyncLocalStorage } from "node:async_hooks";
import dc, { channel, tracingChannel } from "node:diagnostics_channel";
import os from "node:os";
import { deepEqual, equal, ok, rejects, run, test, throws } from "./testing.ts";

test("who listens hears what is published, by the channel's name", () => {
  const heard: unknown[] = [];
  const listener = (message: unknown, name: unknown): void => void heard.push([message, name]);
  equal(dc.hasSubscribers("a"), false);
  dc.subscribe("a", listener);
  equal(channel("a"), channel("a"));
  ok(dc.hasSubscribers("a") && channel("a").hasSubscribers);
  channel("a").publish(1);
  channel("b").publish(2);
  equal(dc.unsubscribe("a", listener), true);
  equal(dc.unsubscribe("a", listener), false);
  channel("a").publish(3);
  deepEqual(heard, [[1, "a"]]);
});

test("a listener that throws is the app's trouble, and not the publisher's", async () => {
  const heard: unknown[] = [];
  const thrown = new Promise((resolve) => addEventListener("error", (event) => (event.preventDefault(), resolve(event.error)), { once: true }));
  channel("throws").subscribe(() => {
    throw new RangeError("mine");
  });
  channel("throws").subscribe((message) => void heard.push(message));
  channel("throws").publish("x");
  deepEqual(heard, ["x"]);
  ok((await thrown) instanceof RangeError);
});

test("stores are set while a call runs", () => {
  const store = new AsyncLocalStorage<number>();
  const c = channel("stores");
  c.bindStore(store, (data: any) => data.n * 2);
  equal(c.hasSubscribers, true);
  equal(c.runStores({ n: 2 }, function (this: unknown, more: number) { return [this, more, store.getStore()].join(); }, "self", 1), "self,1,4");
  equal(store.getStore(), undefined);
  equal(c.unbindStore(store), true);
  equal(c.runStores({ n: 2 }, () => store.getStore()), undefined);
});

/** Collects what the five channels of a tracing channel say. */
function traced(name: string): [any, string[]] {
  const events: string[] = [];
  const tracing = tracingChannel(name);
  const handlers = Object.fromEntries(
    ["start", "end", "asyncStart", "asyncEnd", "error"].map((event) => [event, (context: any) => events.push([event, context.result, context.error?.message].filter((x) => x !== undefined).join(" "))]),
  );
  tracing.subscribe(handlers as never);
  return [tracing, events];
}

test("traces of calls", async () => {
  let [tracing, events] = traced("sync");
  equal(tracing.traceSync((a: number) => a + 1, {}, undefined, 1), 2);
  throws(() => tracing.traceSync(() => { throw new Error("no"); }), Error);
  deepEqual(events, ["start", "end 2", "start", "error no", "end no"]);

  [tracing, events] = traced("promise");
  equal(await tracing.tracePromise(async () => 3), 3);
  await rejects(tracing.tracePromise(async () => { throw new Error("no"); }), Error);
  deepEqual(events, ["start", "end", "asyncStart 3", "asyncEnd 3", "start", "end", "error no", "asyncStart no", "asyncEnd no"]);

  [tracing, events] = traced("callback");
  equal(tracing.traceCallback((a: number, done: any) => done(null, a), 1, {}, undefined, 4, (_: unknown, n: number) => events.push(`called ${n}`)), 3);
  deepEqual(events, ["start", "asyncStart 4", "called 4", "asyncEnd 4", "end 4"]);
});

test("os speaks of no machine", () => {
  equal(os.EOL, "\n");
  deepEqual([os.cpus(), os.platform(), os.constants.signals.SIGTERM], [[], "linux", 15]);
});

export default { fetch: async () => new Response(await run()) };

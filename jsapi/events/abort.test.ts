import { deepEqual, equal, ok, test, throws } from "../core/testing.ts";

test("AbortController: aborts its signal once", () => {
  const controller = new AbortController();
  const { signal } = controller;
  equal(controller.signal, signal);
  equal(signal.aborted, false);
  equal(signal.reason, undefined);
  signal.throwIfAborted();
  const events: Event[] = [];
  signal.addEventListener("abort", (e) => events.push(e));
  controller.abort();
  controller.abort("again");
  equal(events.length, 1);
  equal(events[0]!.target, signal);
  equal(events[0]!.isTrusted, true);
  equal(events[0]!.bubbles, false);
  equal(signal.aborted, true);
  equal(signal.reason.name, "AbortError");
  equal(throws(() => signal.throwIfAborted(), "AbortError"), signal.reason);
});

test("AbortController: reasons", () => {
  for (const reason of [null, 0, "", false, { a: 1 }]) {
    const controller = new AbortController();
    controller.abort(reason);
    equal(controller.signal.reason, reason);
  }
  const controller = new AbortController();
  controller.abort(undefined);
  ok(controller.signal.reason instanceof DOMException);
});

test("AbortSignal: cannot be constructed", () => {
  throws(() => new (AbortSignal as any)(), TypeError);
  throws(() => new (class extends (AbortSignal as any) {} as any)(), TypeError);
  throws(() => Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted")!.get!.call(new EventTarget()), TypeError);
});

test("AbortSignal: shape", () => {
  equal(AbortSignal.length, 0);
  equal(AbortSignal.timeout.length, 1);
  equal(AbortSignal.any.length, 1);
  equal(AbortSignal.abort.length, 0);
  equal(AbortController.prototype.abort.length, 0);
  deepEqual(Object.keys(AbortSignal.prototype), ["aborted", "reason", "throwIfAborted", "onabort"]);
  deepEqual(Object.keys(AbortSignal), ["abort", "timeout", "any"]);
  equal(Object.prototype.toString.call(new AbortController().signal), "[object AbortSignal]");
  equal(Object.getPrototypeOf(AbortSignal), EventTarget);
});

test("AbortSignal.abort", () => {
  const signal = AbortSignal.abort("why");
  equal(signal.aborted, true);
  equal(signal.reason, "why");
  equal(AbortSignal.abort().reason.name, "AbortError");
});

test("AbortSignal.timeout: aborts with a TimeoutError", async () => {
  const signal = AbortSignal.timeout(1);
  equal(signal.aborted, false);
  await new Promise((resolve) => (signal.onabort = resolve));
  equal(signal.reason.name, "TimeoutError");
  equal(signal.reason.code, 23);
});

test("AbortSignal.timeout: bad times", () => {
  for (const time of [-1, NaN, Infinity, 2 ** 53, "x", undefined]) throws(() => AbortSignal.timeout(time as never), TypeError);
  throws(() => (AbortSignal as any).timeout(), TypeError);
});

test("onabort: set, replaced and cleared", () => {
  const order: string[] = [];
  const controller = new AbortController();
  const { signal } = controller;
  equal(signal.onabort, null);
  signal.onabort = () => order.push("never");
  signal.addEventListener("abort", () => order.push("listener"));
  signal.onabort = () => order.push("handler");
  controller.abort();
  deepEqual(order, ["handler", "listener"]);
});

test("onabort: clearing gives up its place, what is no object clears", () => {
  const order: string[] = [];
  const controller = new AbortController();
  const { signal } = controller;
  signal.onabort = () => order.push("old");
  signal.addEventListener("abort", () => order.push("listener"));
  signal.onabort = 1 as never;
  equal(signal.onabort, null);
  const handler = () => order.push("handler");
  signal.onabort = handler;
  equal(signal.onabort, handler);
  controller.abort();
  deepEqual(order, ["listener", "handler"]);
  const object: any = { handleEvent: () => order.push("never") };
  const other = new AbortController();
  other.signal.onabort = object;
  equal(other.signal.onabort, object);
  other.abort();
  equal(order.length, 2);
});

test("AbortSignal.any: of none, of one, of aborted ones", () => {
  equal(AbortSignal.any([]).aborted, false);
  const controller = new AbortController();
  const signal = AbortSignal.any([controller.signal]);
  ok(signal !== controller.signal);
  controller.abort("why");
  equal(signal.aborted, true);
  equal(signal.reason, "why");
  const first = AbortSignal.any([new AbortController().signal, AbortSignal.abort(1), AbortSignal.abort(2)]);
  equal(first.reason, 1);
  equal(AbortSignal.any(new Set([AbortSignal.abort(3)]) as never).reason, 3);
});

test("AbortSignal.any: bad arguments", () => {
  throws(() => (AbortSignal as any).any(), TypeError);
  throws(() => AbortSignal.any([{}] as never), TypeError);
  throws(() => AbortSignal.any(1 as never), TypeError);
  throws(() => AbortSignal.any("ab" as never), TypeError);
});

test("AbortSignal.any: dependents of dependents follow the first source", () => {
  const [a, b] = [new AbortController(), new AbortController()];
  const one = AbortSignal.any([a.signal]);
  const two = AbortSignal.any([one, b.signal]);
  const three = AbortSignal.any([two, one]);
  const order: string[] = [];
  a.signal.addEventListener("abort", () => order.push("a", String(one.aborted && two.aborted && three.aborted)));
  three.addEventListener("abort", () => order.push("three"));
  one.addEventListener("abort", () => order.push("one"));
  two.addEventListener("abort", () => order.push("two"));
  a.abort("x");
  b.abort("y");
  deepEqual(order, ["a", "true", "one", "two", "three"]);
  equal(three.reason, "x");
});

test("AbortSignal.any: abort of another source inside a listener comes too late", () => {
  const [a, b] = [new AbortController(), new AbortController()];
  const signal = AbortSignal.any([a.signal, b.signal]);
  let count = 0;
  signal.addEventListener("abort", () => count++);
  a.signal.addEventListener("abort", () => b.abort("b"));
  a.abort("a");
  equal(count, 1);
  equal(signal.reason, "a");
});

test("AbortSignal.any: many dependents of one signal", () => {
  const controller = new AbortController();
  let count = 0;
  const listener = () => count++;
  for (let i = 0; i < 100; i++) AbortSignal.any([controller.signal]).addEventListener("abort", listener);
  const removed = AbortSignal.any([controller.signal]);
  removed.addEventListener("abort", listener);
  removed.removeEventListener("abort", listener);
  controller.abort();
  equal(count, 100);
});

test("AbortSignal: listeners run after the signal is aborted, and in order", () => {
  const controller = new AbortController();
  const order: unknown[] = [];
  controller.signal.addEventListener("abort", () => order.push(1, controller.signal.aborted));
  controller.signal.addEventListener("abort", () => order.push(2));
  controller.abort();
  deepEqual(order, [1, true, 2]);
});

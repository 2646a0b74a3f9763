import { deepEqual, equal, ok, test, throws } from "../core/testing.ts";

test("Event: attributes and defaults", () => {
  const event = new Event("x");
  equal(event.type, "x");
  equal(event.target, null);
  equal(event.currentTarget, null);
  equal((event as any).srcElement, null);
  equal(event.eventPhase, 0);
  equal(event.bubbles, false);
  equal(event.cancelable, false);
  equal(event.composed, false);
  equal(event.defaultPrevented, false);
  equal(event.returnValue, true);
  equal(event.cancelBubble, false);
  equal(event.isTrusted, false);
  equal(typeof event.timeStamp, "number");
  deepEqual(event.composedPath(), []);
  equal(Event.length, 1);
  equal(Object.prototype.toString.call(event), "[object Event]");
  ok(new Event("x", { bubbles: true }).bubbles);
  ok(new Event("x", { cancelable: 1 as never }).cancelable);
  ok(new Event("x", { composed: true }).composed);
});

test("Event: bad arguments", () => {
  throws(() => new (Event as any)(), TypeError);
  throws(() => new Event("x", 1 as never), TypeError);
  throws(() => new Event(Symbol() as never), TypeError);
  equal(new Event(null as never).type, "null");
  equal(new Event("x", null as never).bubbles, false);
});

test("Event: isTrusted is unforgeable", () => {
  const one = Object.getOwnPropertyDescriptor(new Event("x"), "isTrusted")!;
  const two = Object.getOwnPropertyDescriptor(new Event("y"), "isTrusted")!;
  equal(one.get, two.get);
  equal(one.set, undefined);
  equal(one.configurable, false);
  equal(one.enumerable, true);
});

test("Event: constants", () => {
  equal((Event as any).NONE, 0);
  equal((Event as any).CAPTURING_PHASE, 1);
  equal((Event.prototype as any).AT_TARGET, 2);
  equal((new Event("x") as any).BUBBLING_PHASE, 3);
});

test("Event: canceling", () => {
  const fixed = new Event("x");
  fixed.preventDefault();
  equal(fixed.defaultPrevented, false);
  const event = new Event("x", { cancelable: true });
  (event as any).returnValue = true;
  equal(event.defaultPrevented, false);
  (event as any).returnValue = false;
  equal(event.defaultPrevented, true);
});

test("Event: initEvent", () => {
  const event: any = new Event("x", { cancelable: true });
  event.preventDefault();
  event.initEvent("y", true, false);
  equal(event.type, "y");
  equal(event.bubbles, true);
  equal(event.cancelable, false);
  equal(event.defaultPrevented, false);
  throws(() => event.initEvent(), TypeError);
  const target = new EventTarget();
  target.addEventListener("y", () => event.initEvent("z"));
  target.dispatchEvent(event);
  equal(event.type, "y");
});

test("EventTarget: calls a listener with the event and the target", () => {
  const target = new EventTarget();
  const event = new Event("x");
  const seen: unknown[] = [];
  target.addEventListener("x", function (this: unknown, e: Event) {
    seen.push(this, e, e.target, e.currentTarget, e.eventPhase, e.composedPath());
  });
  equal(target.dispatchEvent(event), true);
  deepEqual(seen, [target, event, target, target, 2, [target]]);
  equal(event.target, target);
  equal(event.currentTarget, null);
  equal(event.eventPhase, 0);
  deepEqual(event.composedPath(), []);
});

test("EventTarget: capturing listeners come first", () => {
  const target = new EventTarget();
  const order: string[] = [];
  target.addEventListener("x", () => order.push("bubble"));
  target.addEventListener("x", () => order.push("capture"), true);
  target.addEventListener("x", () => order.push("capture 2"), { capture: true });
  target.dispatchEvent(new Event("x"));
  deepEqual(order, ["capture", "capture 2", "bubble"]);
});

test("EventTarget: the same listener is added once for each phase", () => {
  const target = new EventTarget();
  let count = 0;
  const listener = () => count++;
  target.addEventListener("x", listener);
  target.addEventListener("x", listener, { once: true });
  target.addEventListener("x", listener, true);
  target.dispatchEvent(new Event("x"));
  equal(count, 2);
  target.removeEventListener("x", listener);
  target.dispatchEvent(new Event("x"));
  equal(count, 3);
  target.removeEventListener("x", listener, { capture: true });
  target.dispatchEvent(new Event("x"));
  equal(count, 3);
});

test("EventTarget: once", () => {
  const target = new EventTarget();
  let count = 0;
  target.addEventListener(
    "x",
    () => {
      count++;
      target.dispatchEvent(new Event("x"));
    },
    { once: true },
  );
  target.dispatchEvent(new Event("x"));
  target.dispatchEvent(new Event("x"));
  equal(count, 1);
});

test("EventTarget: passive listeners cannot cancel", () => {
  const target = new EventTarget();
  const event = new Event("x", { cancelable: true });
  target.addEventListener("x", (e) => e.preventDefault(), { passive: true });
  equal(target.dispatchEvent(event), true);
  target.addEventListener("x", (e) => e.preventDefault());
  equal(target.dispatchEvent(event), false);
});

test("EventTarget: a signal removes listeners", () => {
  const target = new EventTarget();
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  target.addEventListener("x", () => count++, { signal });
  target.addEventListener("x", () => count++, { signal, once: true });
  target.dispatchEvent(new Event("x"));
  equal(count, 2);
  controller.abort();
  target.dispatchEvent(new Event("x"));
  equal(count, 2);
  target.addEventListener("x", () => count++, { signal });
  target.dispatchEvent(new Event("x"));
  equal(count, 2);
  throws(() => target.addEventListener("x", () => {}, { signal: null as never }), TypeError);
  throws(() => target.addEventListener("x", null, { signal: {} as never }), TypeError);
});

test("EventTarget: a signal aborted while its event is dispatched", () => {
  const target = new EventTarget();
  const controller = new AbortController();
  let count = 0;
  target.addEventListener("x", () => controller.abort(), { signal: controller.signal });
  target.addEventListener("x", () => count++, { signal: controller.signal });
  target.dispatchEvent(new Event("x"));
  equal(count, 0);
});

test("EventTarget: options are read in their order", () => {
  const read: string[] = [];
  const options = new Proxy({}, { get: (_, key) => void read.push(String(key)) });
  new EventTarget().addEventListener("x", () => {}, options);
  deepEqual(read, ["capture", "once", "passive", "signal"]);
  read.length = 0;
  new EventTarget().removeEventListener("x", () => {}, options);
  deepEqual(read, ["capture"]);
});

test("EventTarget: null listeners, and what is no listener", () => {
  const target = new EventTarget();
  target.addEventListener("x", null);
  target.addEventListener("x", undefined as never);
  target.removeEventListener("x", null);
  target.dispatchEvent(new Event("x"));
  throws(() => target.addEventListener("x", 1 as never), TypeError);
  throws(() => target.addEventListener("x", "f" as never), TypeError);
  throws(() => target.removeEventListener("x", true as never), TypeError);
  throws(() => (target as any).addEventListener("x"), TypeError);
  throws(() => (target as any).dispatchEvent({}), TypeError);
  throws(() => (target as any).dispatchEvent(null), TypeError);
});

test("EventTarget: handleEvent is looked up for every event", () => {
  const target = new EventTarget();
  const seen: unknown[] = [];
  let looked = 0;
  const listener: any = {
    get handleEvent() {
      looked++;
      return function (this: unknown, e: Event) {
        seen.push(this, e.type);
      };
    },
  };
  target.addEventListener("x", listener);
  equal(looked, 0);
  target.dispatchEvent(new Event("x"));
  target.dispatchEvent(new Event("x"));
  equal(looked, 2);
  deepEqual(seen, [listener, "x", listener, "x"]);
});

test("EventTarget: a callable listener's handleEvent is ignored", () => {
  const target = new EventTarget();
  let called = "";
  const listener: any = () => (called += "f");
  listener.handleEvent = () => (called += "h");
  target.addEventListener("x", listener);
  target.dispatchEvent(new Event("x"));
  equal(called, "f");
});

test("EventTarget: an exception ends its listener alone", () => {
  const target = new EventTarget();
  let after = false;
  const quiet = (e: Event) => e.preventDefault();
  globalThis.addEventListener("error", quiet);
  target.addEventListener("x", () => {
    throw new Error("expected by the test");
  });
  target.addEventListener("x", { handleEvent: 1 } as never);
  target.addEventListener("x", () => (after = true));
  equal(target.dispatchEvent(new Event("x")), true);
  globalThis.removeEventListener("error", quiet);
  equal(after, true);
});

test("EventTarget: listeners added while dispatching wait, removed ones do not run", () => {
  const target = new EventTarget();
  const order: string[] = [];
  const gone = () => order.push("gone");
  target.addEventListener("x", () => {
    order.push("first");
    target.addEventListener("x", () => order.push("late"));
    target.removeEventListener("x", gone);
  });
  target.addEventListener("x", gone);
  target.dispatchEvent(new Event("x"));
  deepEqual(order, ["first"]);
});

test("EventTarget: a capturing listener can add one for the bubbling phase", () => {
  const target = new EventTarget();
  const order: string[] = [];
  target.addEventListener("x", () => target.addEventListener("x", () => order.push("bubble")), { capture: true, once: true });
  target.dispatchEvent(new Event("x"));
  deepEqual(order, ["bubble"]);
});

test("EventTarget: stopping", () => {
  const target = new EventTarget();
  const order: string[] = [];
  target.addEventListener("x", (e) => (order.push("capture"), e.stopPropagation()), true);
  target.addEventListener("x", () => order.push("capture 2"), true);
  target.addEventListener("x", () => order.push("bubble"));
  const event = new Event("x");
  target.dispatchEvent(event);
  deepEqual(order, ["capture", "capture 2"]);
  equal(event.cancelBubble, false);
  const other = new EventTarget();
  other.addEventListener("x", (e) => e.stopImmediatePropagation());
  other.addEventListener("x", () => order.push("never"));
  other.dispatchEvent(event);
  equal(order.length, 2);
  const stopped = new Event("x");
  (stopped as any).cancelBubble = true;
  other.addEventListener("x", () => order.push("never"), true);
  other.dispatchEvent(stopped);
  equal(order.length, 2);
});

test("EventTarget: an event cannot be dispatched twice at a time", () => {
  const target = new EventTarget();
  const event = new Event("x");
  let error: any;
  target.addEventListener("x", () => (error = throws(() => target.dispatchEvent(event), "InvalidStateError")));
  target.dispatchEvent(event);
  equal(error.code, 11);
  equal(target.dispatchEvent(event), true);
});

test("EventTarget: subclasses and brand checks", () => {
  class Mine extends EventTarget {}
  const mine = new Mine();
  let target: unknown;
  mine.addEventListener("x", (e) => (target = e.target));
  mine.dispatchEvent(new Event("x"));
  equal(target, mine);
  throws(() => EventTarget.prototype.addEventListener.call({} as never, "x", () => {}), TypeError);
  throws(() => (EventTarget as any)(), TypeError);
  equal(EventTarget.prototype.addEventListener.length, 2);
  deepEqual(Object.keys(EventTarget.prototype), ["addEventListener", "removeEventListener", "dispatchEvent"]);
});

test("EventTarget: the global scope is one", () => {
  const seen: unknown[] = [];
  const listener = (e: Event) => seen.push(e.target);
  addEventListener("custom", listener);
  dispatchEvent(new Event("custom"));
  EventTarget.prototype.dispatchEvent.call(undefined as never, new Event("custom"));
  removeEventListener("custom", listener);
  globalThis.dispatchEvent(new Event("custom"));
  equal(seen.length, 2);
  equal(seen[0], globalThis);
  ok(globalThis instanceof EventTarget);
});

test("CustomEvent: detail", () => {
  equal(new CustomEvent("x").detail, null);
  equal(new CustomEvent("x", { detail: undefined }).detail, null);
  const detail = {};
  const event: any = new CustomEvent("x", { detail, bubbles: true });
  equal(event.detail, detail);
  ok(event.bubbles);
  event.initCustomEvent("y", false, true, 7);
  equal(event.detail, 7);
  equal(event.type, "y");
  ok(event instanceof Event);
  throws(() => new (CustomEvent as any)(), TypeError);
});

test("ErrorEvent: attributes", () => {
  const error = new Error();
  const event = new ErrorEvent("error", { message: "m", filename: "f\ud800", lineno: -1, colno: 2.5, error });
  equal(event.message, "m");
  equal(event.filename, "f\ufffd");
  equal(event.lineno, 4294967295);
  equal(event.colno, 2);
  equal(event.error, error);
  const bare = new ErrorEvent("error");
  equal(bare.message, "");
  equal(bare.error, undefined);
});

test("PromiseRejectionEvent: promise is required", () => {
  const promise = Promise.resolve();
  const event = new PromiseRejectionEvent("x", { promise, reason: 1, cancelable: true });
  equal(event.promise, promise);
  equal(event.reason, 1);
  ok(event.cancelable);
  throws(() => new PromiseRejectionEvent("x", {} as never), TypeError);
  throws(() => new (PromiseRejectionEvent as any)("x"), TypeError);
});

test("Events do not notice overwritten built-ins", () => {
  const { slice, splice, push } = Array.prototype;
  const call = Function.prototype.call;
  const target = new EventTarget();
  let count = 0;
  try {
    Array.prototype.slice = Array.prototype.splice = Array.prototype.push = Function.prototype.call = () => {
      throw new Error("patched");
    };
    target.addEventListener("x", () => count++, { once: true });
    target.dispatchEvent(new Event("x"));
  } finally {
    Object.assign(Array.prototype, { slice, splice, push });
    Function.prototype.call = call;
  }
  for (const key of ["slice", "splice", "push"]) Object.defineProperty(Array.prototype, key, { enumerable: false });
  equal(count, 1);
});

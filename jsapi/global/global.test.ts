import { deepEqual, equal, ok, test } from "../core/testing.ts";

/** Resolves after the microtasks, and what is reported after them. */
const later = () => new Promise((resolve) => setTimeout(resolve, 1));

function listen(type: string): { events: any[]; stop: () => void } {
  const events: any[] = [];
  const listener = (event: Event) => {
    events.push(event);
    event.preventDefault();
  };
  addEventListener(type, listener);
  return { events, stop: () => removeEventListener(type, listener) };
}

test("global: self", () => {
  equal(self, globalThis);
  equal(Object.keys(globalThis).includes("self"), true);
});

test("global: error events", async () => {
  const { events, stop } = listen("error");
  const thrown = new RangeError("far");
  reportError(thrown);
  setTimeout(() => {
    throw "text";
  });
  await later();
  stop();
  equal(events.length, 2);
  ok(events[0] instanceof ErrorEvent && events[0].isTrusted && events[0].cancelable);
  equal(events[0].error, thrown);
  equal(events[0].message, "Uncaught RangeError: far");
  ok(events[0].lineno > 0 && events[0].colno > 0);
  deepEqual([events[1].error, events[1].message], ["text", "Uncaught text"]);
});

test("global: onerror takes the parts", () => {
  const calls: unknown[][] = [];
  onerror = (...args) => calls.push(args) > 0;
  const thrown = new DOMException("gone", "AbortError");
  reportError(thrown);
  equal(typeof onerror, "function");
  onerror = null;
  equal(calls.length, 1);
  equal(calls[0]!.length, 5);
  equal(calls[0]![0], "Uncaught AbortError: gone");
  equal(calls[0]![4], thrown);
});

test("global: what a listener for error throws is not offered again", () => {
  let calls = 0;
  const listener = (event: ErrorEvent) => {
    calls++;
    event.preventDefault();
    throw new Error("expected in the log");
  };
  addEventListener("error", listener);
  reportError(1);
  removeEventListener("error", listener);
  equal(calls, 1);
});

test("global: rejections", async () => {
  const unhandled = listen("unhandledrejection");
  const handled = listen("rejectionhandled");
  const promise = Promise.reject(new Error("no handler yet"));
  Promise.reject(1).catch(() => {});
  await later();
  equal(unhandled.events.length, 1);
  ok(unhandled.events[0] instanceof PromiseRejectionEvent);
  equal(unhandled.events[0].promise, promise);
  equal(unhandled.events[0].reason.message, "no handler yet");
  equal(handled.events.length, 0);
  promise.catch(() => {});
  await later();
  equal(handled.events.length, 1);
  equal(handled.events[0].promise, promise);
  equal(handled.events[0].cancelable, false);
  unhandled.stop();
  handled.stop();
});

test("global: a listener that handles the rejection", async () => {
  const handled = listen("rejectionhandled");
  onunhandledrejection = (event) => {
    event.preventDefault();
    (event.promise as Promise<unknown>).catch(() => {});
  };
  Promise.reject(2);
  await later();
  onunhandledrejection = null;
  equal(handled.events.length, 0);
  handled.stop();
});

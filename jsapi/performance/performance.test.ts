import { deepEqual, equal, ok, test, throws } from "../core/testing.ts";

test("performance: the clock stands still while code runs", () => {
  const start = performance.now();
  for (let i = 0; i < 1e5; i++) Math.sqrt(i);
  equal(performance.now(), start);
  ok(start >= 0 && performance.timeOrigin >= 0);
});

test("performance: the shape of the interface", () => {
  ok(performance instanceof Performance && performance instanceof EventTarget);
  equal(Object.prototype.toString.call(performance), "[object Performance]");
  deepEqual(performance.toJSON(), { timeOrigin: performance.timeOrigin });
  equal(JSON.stringify(performance), JSON.stringify({ timeOrigin: performance.timeOrigin }));
  throws(() => new (Performance as any)(), TypeError);
  throws(() => Performance.prototype.now.call({} as never), TypeError);
  throws(() => Performance.prototype.now.call(new EventTarget() as never), TypeError);
});

test("performance: an app can replace it", () => {
  const original = performance;
  performance = 5 as never;
  equal(performance, 5);
  performance = original;
});

test("navigator", () => {
  equal(navigator.userAgent, "Hedge");
  ok(navigator instanceof Navigator);
  equal(Object.prototype.toString.call(navigator), "[object Navigator]");
  throws(() => new (Navigator as any)(), TypeError);
  const get = Object.getOwnPropertyDescriptor(Navigator.prototype, "userAgent")!.get!;
  throws(() => get.call({}), TypeError);
});

import { equal, rejects, test } from "../core/testing.ts";

test("scheduler.wait is fulfilled after a while", async () => {
  const order: string[] = [];
  await Promise.all([scheduler.wait(2).then(() => order.push("second")), scheduler.wait(0).then(() => order.push("first"))]);
  equal(order.join(), "first,second");
});

test("scheduler.wait is rejected when its signal is aborted", async () => {
  const controller = new AbortController();
  const waiting = scheduler.wait(60_000, { signal: controller.signal });
  controller.abort(new RangeError("enough"));
  await rejects(waiting, RangeError);
  await rejects(scheduler.wait(0, { signal: AbortSignal.abort() }), "AbortError");
});

test("scheduler.wait takes a number and a signal", async () => {
  await rejects((scheduler as any).wait(), TypeError);
  await rejects((scheduler as any).wait(1, { signal: {} }), TypeError);
  await rejects((scheduler as any).wait(1n), TypeError);
});

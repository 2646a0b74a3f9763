import { deepEqual, equal, test } from "../core/testing.ts";

test("setTimeout: those that are left run in order, however many were cleared in between", async () => {
  const ran: number[] = [];
  const wanted: number[] = [];
  let last: Promise<void> | undefined;
  for (let i = 0; i < 300; i++) {
    const delay = (i * 7) % 10;
    const keep = i % 3 === 0;
    let done = (): void => {};
    const settled = new Promise<void>((resolve) => (done = resolve));
    const id = setTimeout(() => {
      ran.push(delay * 1000 + i);
      done();
    }, delay);
    if (!keep) clearTimeout(id);
    else {
      wanted.push(delay * 1000 + i);
      last = Promise.all([last, settled]).then(() => {});
    }
  }
  await last;
  deepEqual(ran, wanted.sort((a, b) => a - b));
});

test("clearInterval: in its own callback, and in that of another timer", async () => {
  let own = 0;
  let other = 0;
  const id = setInterval(() => {
    own++;
    clearInterval(id);
  }, 1);
  const victim = setInterval(() => other++, 1);
  setTimeout(() => clearInterval(victim), 0);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 5));
  equal(own, 1);
  equal(other, 0);
});

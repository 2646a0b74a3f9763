// A million exceptions that nobody catches.
// outcome: exceeded-cpu | exceeded-memory | hung
// then: ok

export default async function () {
  for (let i = 0; i < 1e6; i++) queueMicrotask(() => { throw new Error("uncaught " + i); });
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

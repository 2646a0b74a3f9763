// Awaits what an asynchronous generator has always one more of.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default async function () {
  async function* all() { for (;;) yield* [1, 2, 3]; }
  for await (const n of all()) if (n > 3) break;
}

// Promises that wait for each other, for ever.
// outcome: exceeded-memory
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

export default async function () {
  const kept = [new Promise(() => {})];
  for (;;) kept.push((async (before) => { await before; await kept; })(kept.at(-1)), Promise.all(kept.slice(-9)));
}

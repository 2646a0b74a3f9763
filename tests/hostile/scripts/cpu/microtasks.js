// Microtasks that never run out: a turn would have no end.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default async function () {
  const again = () => Promise.resolve().then(again);
  await again();
}

// Waits for a clock that stands still during a turn.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default function () {
  const since = performance.now();
  while (performance.now() === since);
  return new Response("a clock for side channels");
}

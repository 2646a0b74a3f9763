// Signals that depend on each other, by the hundred thousand, all aborted at once.
// outcome: exceeded-cpu | exceeded-memory | ok
// then: ok

export default function () {
  const root = new AbortController();
  let signals = [root.signal];
  for (let i = 0; i < 1e5; i++) {
    const next = AbortSignal.any(signals);
    next.addEventListener("abort", () => root.abort(next.reason));
    signals = [...signals.slice(-20), next];
  }
  root.abort();
  return new Response("done");
}

// Keeps what it makes, and begins again when it is told that there is no memory.
// outcome: exceeded-memory
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

export default function () {
  const kept = [];
  for (;;) try { for (;;) kept.push(new Array(1000).fill(kept)); } catch {} finally { kept.push([...kept]); }
}

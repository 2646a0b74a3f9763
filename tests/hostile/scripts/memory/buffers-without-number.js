// Empty and tiny ArrayBuffers by the million: what is around them counts, too.
// outcome: exceeded-memory | exceeded-cpu
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

export default function () {
  const kept = [];
  for (;;) kept.push(new ArrayBuffer(kept.length % 3));
}

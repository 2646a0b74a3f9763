// Timers by the million, each with something to keep.
// outcome: exceeded-memory | exceeded-cpu
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

export default async function () {
  for (let i = 0; ; i++) setTimeout(() => i, 1e6 + i, new Array(10));
}

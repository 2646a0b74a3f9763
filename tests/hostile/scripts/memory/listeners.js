// Listeners by the million on one target.
// outcome: exceeded-memory | exceeded-cpu
// status: 503
// then: ok
// limits: cpu = "300ms" | memory = "16MiB"

export default function (request) {
  for (let i = 0; ; i++) request.signal.addEventListener("abort", () => i, { once: true });
}

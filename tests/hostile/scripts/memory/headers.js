// Headers by the million in one object.
// outcome: exceeded-memory | exceeded-cpu
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

export default function () {
  const headers = new Headers();
  for (let i = 0; ; i++) headers.append("x-" + (i % 1000), "v".repeat(100));
}

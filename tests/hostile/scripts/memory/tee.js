// Splits a stream again and again, and reads one of a thousand branches.
// outcome: exceeded-memory | exceeded-cpu
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

export default async function (request, env) {
  let stream = (await fetch(env.ORIGIN + "/endless")).body;
  const kept = [];
  for (let i = 0; i < 1000; i++) { const [a, b] = stream.tee(); kept.push(a); stream = b; }
  const reader = stream.getReader();
  for (;;) await reader.read();
}

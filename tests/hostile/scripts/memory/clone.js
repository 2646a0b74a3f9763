// Clones a list that is in itself many times, and keeps the clones.
// outcome: exceeded-memory
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

export default function () {
  let list = ["laughs"];
  const kept = [];
  for (;;) { list = structuredClone([list, [...list], { list }]); kept.push(list); }
}

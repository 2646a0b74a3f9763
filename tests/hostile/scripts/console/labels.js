// Counters and timers with a new label each.
// outcome: exceeded-cpu | exceeded-memory
// status: 503
// then: ok
// limits: cpu = "1s" | memory = "16MiB"

export default function () {
  for (let i = 0; ; i++) { console.time("t" + i); console.count({ toString: () => "c" + i }); }
}

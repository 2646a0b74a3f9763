// Empty memories by the thousand, each of which reserves gigabytes of addresses.
// outcome: exception | exceeded-memory | exceeded-cpu
// then: ok
// limits: cpu = "300ms"

export default function () {
  const kept = [];
  for (;;) kept.push(new WebAssembly.Memory({ initial: 0, maximum: 65536 }));
}

// Maps and sets up to the most entries that they can have.
// outcome: exceeded-memory
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

export default function () {
  const [map, set] = [new Map(), new Set()];
  for (let i = 0; ; i++) map.set({ i }, set.add(i * 1.5));
}

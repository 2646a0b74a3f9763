// Keeps what it makes.
// outcome: exceeded-memory
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

export default function () {
  const kept = [];
  for (let i = 0; ; i++) kept.push({ i, inner: { kept: [i] }, text: "x" + i });
}

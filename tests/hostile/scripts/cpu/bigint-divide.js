// Divides numbers of millions of digits.
// outcome: exceeded-cpu | exceeded-memory
// status: 503
// then: ok

export default function () {
  const a = (1n << 8_000_000n) - 1n, b = (1n << 4_000_000n) - 3n;
  for (let i = 0n; ; i++) if ((a - i) % (b + i) === -1n) break;
}

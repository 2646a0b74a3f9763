// Writes a number of millions of digits, and reads it again.
// outcome: exceeded-cpu | exceeded-memory | exception
// then: ok

export default function () {
  for (let digits = 1e5; ; digits *= 2) BigInt("7".repeat(digits)).toString(10);
}

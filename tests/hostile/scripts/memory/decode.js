// Decodes all that fits into memory, at once and in parts.
// outcome: exceeded-memory | exceeded-cpu | exception
// then: ok
// limits: cpu = "5s" | memory = "64MiB"

export default function () {
  const bytes = new Uint8Array(30 << 20).fill(0xe2);
  const decoder = new TextDecoder();
  const kept = [];
  for (;;) kept.push(decoder.decode(bytes, { stream: true }), new TextDecoder("utf-16be").decode(bytes));
}

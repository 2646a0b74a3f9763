// Resizable buffers that reserve a lot, and then take it.
// outcome: exceeded-memory | exceeded-cpu | exception
// then: ok
// limits: cpu = "5s"

export default function () {
  const kept = [];
  for (let i = 0; i < 8; i++) kept.push(new ArrayBuffer(1, { maxByteLength: 1 << 27 }));
  for (const buffer of kept) { buffer.resize(1 << 27); new Uint8Array(buffer).fill(1); }
  return new Response(`${kept.length}`);
}

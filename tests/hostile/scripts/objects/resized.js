// Chunks on buffers that shrink and grow while the host has them.
// outcome: ok | exception
// then: ok

export default function () {
  const buffer = new ArrayBuffer(1 << 14, { maxByteLength: 1 << 16 });
  let n = 0;
  return new Response(new ReadableStream({
    pull(c) {
      if (n++ === 50) return c.close();
      c.enqueue(new Uint8Array(buffer, 0, 1 << 12));
      buffer.resize(n % 2 ? 1 << 16 : 1 << 12);
    },
  }));
}

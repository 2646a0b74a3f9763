// Memories that grow a page at a time, and are written to.
// outcome: exception | exceeded-memory
// then: ok
// limits: cpu = "5s"

export default function () {
  const kept = Array.from({ length: 20 }, () => new WebAssembly.Memory({ initial: 0 }));
  for (let page = 0; page < 16384; page++) for (const memory of kept) {
    memory.grow(1);
    new Uint8Array(memory.buffer, page * 65536, 65536).fill(1);
  }
  return new Response(`${kept.length}`);
}

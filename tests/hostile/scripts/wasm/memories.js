// Memories of a GiB, as many as there can be.
// outcome: exception | exceeded-memory
// then: ok

export default function () {
  const kept = [];
  for (let i = 0; i < 4; i++) { kept.push(new WebAssembly.Memory({ initial: 16384 })); new Uint8Array(kept[i].buffer).fill(1); }
  return new Response(`${kept.length}`);
}

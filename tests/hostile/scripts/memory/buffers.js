// Sixteen ArrayBuffers of 64 MiB, all touched.
// outcome: exceeded-memory
// status: 503
// then: ok
// limits: cpu = "5s"

export default function () {
  const kept = [];
  for (let i = 0; i < 16; i++) kept.push(new Uint8Array(64 << 20).fill(1));
  return new Response(`${kept.length}`);
}

// ArrayBuffers of every size from one byte to a GiB, whatever is refused.
// outcome: ok | exceeded-memory | exceeded-cpu
// then: ok
// limits: cpu = "5s"

export default function () {
  const kept = [];
  for (let round = 0; round < 4; round++) for (let shift = 0; shift <= 30; shift++) {
    try { kept.push(new Uint8Array(new ArrayBuffer(2 ** shift + round)).fill(round)); } catch {}
  }
  return new Response(`${kept.length}`);
}

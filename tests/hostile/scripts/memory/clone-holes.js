// structuredClone of arrays that are holes, and of a typed array on a huge buffer.
// outcome: exceeded-memory | exceeded-cpu | exception | ok
// then: ok

export default function () {
  const holes = [];
  holes[2 ** 32 - 2] = 1;
  const kept = structuredClone([holes, new Uint8Array(new ArrayBuffer(1, { maxByteLength: 2 ** 30 }))]);
  return new Response(`${kept.length}`);
}

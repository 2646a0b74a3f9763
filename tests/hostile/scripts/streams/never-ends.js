// A body that goes on for as long as it may.
// outcome: exceeded-cpu
// status: 200 | 503
// then: ok

export default function () {
  return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(16384)); } }));
}

// A body of single bytes.
// outcome: exceeded-cpu
// status: 200 | 503
// then: ok

export default function () {
  return new Response(new ReadableStream({ async pull(c) { await null; c.enqueue(new Uint8Array(1)); } }));
}

// A body that fails with something odd when most of it is sent.
// outcome: exception
// status: 200
// then: ok

export default function () {
  let n = 0;
  return new Response(new ReadableStream({ async pull(c) { await new Promise((resolve) => setTimeout(resolve, 1)); if (++n < 5) c.enqueue(new Uint8Array(65536)); else throw new Proxy({}, { get() { throw 1; } }); } }));
}

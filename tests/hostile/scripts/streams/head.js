// The answer to HEAD has a body without end.
// outcome: ok | exceeded-cpu
// status: 200
// then: ok
// method: HEAD

export default function () {
  return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)); } }), { headers: { "content-length": "1e9" } });
}

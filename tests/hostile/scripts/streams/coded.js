// Says that its body is coded, so that the host has to code it, and makes it long.
// outcome: exceeded-cpu
// status: 200 | 503
// then: ok

export default function () {
  const chunk = new Uint8Array(65536);
  return new Response(new ReadableStream({ pull(c) { c.enqueue(chunk.slice()); } }), { headers: { "content-encoding": "br" } });
}

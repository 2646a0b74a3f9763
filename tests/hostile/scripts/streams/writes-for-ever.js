// Writes into the answer for as long as it may, after the answer was handed over.
// outcome: exceeded-cpu
// status: 200 | 503
// then: ok

export default function (request, env, ctx) {
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  ctx.waitUntil((async () => { for (;;) await writer.write(new Uint8Array(1024)); })());
  return new Response(readable);
}

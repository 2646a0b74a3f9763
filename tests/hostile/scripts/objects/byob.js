// A byte stream that answers requests for bytes with what was not asked for.
// outcome: ok | exception | hung
// then: ok

export default async function () {
  const tricks = [
    (r) => r.respond(1e9), (r) => r.respond(-1), (r) => { r.view.buffer.transfer(); r.respond(1); }, (r) => r.respondWithNewView(new Uint8Array(1)),
    (r) => r.respondWithNewView(new DataView(r.view.buffer, 1, 1)), (r) => { r.respond(1); r.respond(1); }, (r) => r.respondWithNewView(new Float64Array(8)),
  ];
  for (const trick of tricks) {
    const stream = new ReadableStream({ type: "bytes", pull(c) { trick(c.byobRequest); } });
    await stream.getReader({ mode: "byob" }).read(new Uint8Array(16)).catch(() => {});
  }
  return new Response(new ReadableStream({ type: "bytes", autoAllocateChunkSize: 64, pull(c) { c.byobRequest.view.buffer.transfer(); c.byobRequest.respond(8); } }));
}

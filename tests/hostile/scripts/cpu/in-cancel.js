// The client goes away; the stream's cancel() never returns.
// outcome: ok | client-gone | exceeded-cpu
// then: ok
// reads: 10

export default function () {
  return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)); }, cancel() { for (;;); } }));
}

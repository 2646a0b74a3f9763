// A body of nothing but empty chunks, which never becomes longer.
// outcome: exceeded-cpu | hung | exception
// then: ok

export default function () {
  return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(0)); } }));
}

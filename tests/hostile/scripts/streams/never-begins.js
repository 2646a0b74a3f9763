// A body of which nothing ever comes.
// outcome: hung
// then: ok

export default function () {
  return new Response(new ReadableStream({ pull() { return new Promise(() => {}); } }));
}

// A stream that is piped into itself.
// outcome: hung | exceeded-cpu | exception
// then: ok

export default async function () {
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  writer.write(new Uint8Array(10));
  writer.releaseLock();
  await readable.pipeThrough(new TransformStream({ transform(chunk, c) { c.enqueue(chunk); c.enqueue(chunk); } })).pipeTo(writable);
}

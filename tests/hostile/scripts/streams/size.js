// Strategies whose sizes are negative, infinite, thrown, and given by changing the stream.
// outcome: ok | exception | hung
// then: ok

export default async function () {
  for (const size of [() => -1, () => NaN, () => Infinity, () => { throw 1; }, () => ({ valueOf() { throw 2; } }), () => 2 ** 53]) {
    const stream = new ReadableStream({ start(c) { c.enqueue(1); }, pull(c) { c.enqueue(2); } }, { size, highWaterMark: 10 });
    await stream.getReader().read().catch(() => {});
  }
  const { readable, writable } = new TransformStream({}, { size() { writable.abort(); return 1; } }, { size() { readable.cancel(); return 1; } });
  writable.getWriter().write(1).catch(() => {});
  return new Response(readable);
}

// A source that closes, fails, cancels and reads its own stream while it is pulled.
// outcome: ok | exception | hung
// then: ok

export default function () {
  let controller;
  const stream = new ReadableStream({
    start(c) { controller = c; },
    pull(c) {
      c.enqueue(new Uint8Array(10));
      try { stream.cancel(); } catch {}
      try { stream.tee(); } catch {}
      Promise.resolve().then(() => { try { c.close(); c.error(new Error("late")); c.enqueue(new Uint8Array(10)); } catch {} });
      return { then(resolve) { resolve(); resolve(); throw new Error("twice"); } };
    },
  });
  return new Response(stream);
}

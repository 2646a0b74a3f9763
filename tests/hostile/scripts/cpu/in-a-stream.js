// The answer begins well; its body runs away.
// outcome: exceeded-cpu
// status: 200 | 503
// then: ok

export default function () {
  let n = 0;
  return new Response(new ReadableStream({
    async pull(c) { await new Promise((resolve) => setTimeout(resolve, 1)); c.enqueue(new Uint8Array(100)); if (++n === 3) for (;;); },
  }, { highWaterMark: 0 }));
}

// The answer is fine; the code goes on to loop, for longer than it may.
// outcome: ok | exceeded-cpu
// status: 200
// then: ok

export default function (request, env, ctx) {
  ctx.waitUntil((async () => { await new Promise((resolve) => setTimeout(resolve, 20)); for (;;); })());
  return new Response("fine so far");
}

// Goes on to fetch when its client has its answer.
// outcome: ok
// status: 200
// then: ok
// limits: wait_until = "300ms"

export default function (request, env, ctx) {
  ctx.waitUntil((async () => { for (;;) await fetch(env.ORIGIN + "/never").catch(() => {}); })());
  return new Response("x");
}

// Keeps a request going for ever, a million times over.
// outcome: ok | exceeded-cpu | exceeded-memory
// then: ok
// limits: wait_until = "200ms" | cpu = "1s"

export default function (request, env, ctx) {
  for (let i = 0; i < 1e5; i++) ctx.waitUntil(new Promise(() => setTimeout(() => {}, 1e7)));
  return new Response("x");
}

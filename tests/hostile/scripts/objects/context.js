// Uses the context of a request in ways, and at times, that make no sense.
// outcome: ok | exception
// then: ok

let old;
export default function (request, env, ctx) {
  const { waitUntil } = ctx;
  try { waitUntil(Promise.resolve()); } catch {}
  try { ctx.waitUntil.call(new Proxy(ctx, {}), 1); } catch {}
  ctx.waitUntil({ then(resolve) { resolve(ctx.waitUntil({ then: (r) => r() })); } });
  ctx.waitUntil(Object.defineProperty(Promise.resolve(), "constructor", { get() { throw new Error("species"); } }));
  try { old?.waitUntil(new Promise(() => {})); } catch {}
  old = ctx;
  env.ORIGIN = null;
  return new Response("x");
}

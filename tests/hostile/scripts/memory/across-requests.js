// Keeps a little of each request, in the module.
// outcome: exceeded-memory | exceeded-cpu
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

const kept = (globalThis.kept ??= []);
export default async function (request, env, ctx) {
  for (;;) kept.push([request.clone(), new Response("x".repeat(1000)), ctx, new Headers(request.headers)]);
}

// Collects a body that never ends.
// outcome: exceeded-memory
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

export default async function (request, env) {
  return new Response(await (await fetch(env.ORIGIN + "/endless")).arrayBuffer());
}

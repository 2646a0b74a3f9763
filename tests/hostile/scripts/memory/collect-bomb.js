// Collects a MiB from the network, which is a GiB once it is decoded.
// outcome: exceeded-memory
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

export default async function (request, env) {
  return new Response(await (await fetch(env.ORIGIN + "/bomb")).text());
}

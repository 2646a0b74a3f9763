// Decodes a MiB from the network, which is a GiB, and looks at none of it.
// outcome: ok | exceeded-cpu | exception
// then: ok
// limits: cpu = "300ms"

export default async function (request, env) {
  let n = 0;
  for await (const chunk of (await fetch(env.ORIGIN + "/bomb")).body) n += chunk.length;
  return new Response(`${n}`);
}

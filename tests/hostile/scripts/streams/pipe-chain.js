// A body that goes through ten thousand streams.
// outcome: exceeded-cpu | exceeded-memory | exception | ok
// then: ok
// limits: cpu = "300ms"

export default async function (request, env) {
  let { body } = await fetch(env.ORIGIN + "/large?n=1000000");
  for (let i = 0; i < 1e4; i++) body = body.pipeThrough(new TransformStream());
  return new Response(body);
}

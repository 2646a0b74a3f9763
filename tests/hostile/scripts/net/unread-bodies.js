// Fifty answers that nobody reads.
// outcome: ok
// status: 200
// then: ok
// limits: cpu = "1s"

export default async function (request, env) {
  const kept = [];
  for (let i = 0; i < 50; i++) kept.push(await fetch(env.ORIGIN + "/endless"));
  return new Response(`${kept.length}`);
}

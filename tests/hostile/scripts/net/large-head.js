// Collects heads with many fields.
// outcome: exceeded-fetches | exceeded-cpu
// then: ok

export default async function (request, env) {
  const kept = [];
  for (;;) kept.push(new Headers((await fetch(env.ORIGIN + "/fields")).headers));
}

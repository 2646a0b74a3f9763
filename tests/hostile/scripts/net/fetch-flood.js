// Ten thousand fetches at once.
// outcome: exceeded-fetches | exceeded-cpu
// then: ok

export default async function (request, env) {
  await Promise.all(Array.from({ length: 1e4 }, () => fetch(env.ORIGIN + "/small")));
}

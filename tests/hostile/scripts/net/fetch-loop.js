// Fetches that are caught and made again, for ever.
// outcome: exceeded-fetches | exceeded-cpu
// then: ok

export default async function (request, env) {
  for (;;) try { await fetch(env.ORIGIN + "/small"); } catch {}
}

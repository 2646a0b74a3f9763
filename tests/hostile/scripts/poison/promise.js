// Promise.prototype.then, the species of promises and their constructor never return.
// outcome: ok | exceeded-cpu
// status: 200 | 503
// then: ok

export default async function (request, env) {
  const forever = () => { for (;;); };
  const fetched = fetch(env.ORIGIN + "/small");
  Promise.prototype.then = Promise.prototype.catch = Promise.prototype.finally = Promise.resolve = Promise.all = forever;
  Object.defineProperty(Promise, Symbol.species, { get: forever });
  return await fetched;
}

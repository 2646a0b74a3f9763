// A getter "then" on Object.prototype that never returns.
// outcome: exceeded-cpu | ok
// then: ok

export default async function (request, env) {
  Object.defineProperty(Object.prototype, "then", { get() { for (;;); }, configurable: true });
  const response = await fetch(env.ORIGIN + "/small");
  return response;
}

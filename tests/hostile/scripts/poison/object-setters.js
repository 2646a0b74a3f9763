// Setters on Object.prototype for what the runtime could write into its own objects.
// outcome: ok | exceeded-cpu
// status: 200 | 503
// then: ok

export default async function (request, env) {
  const names = "status headers body url method done value next then get set length type name message code frames id kind stream reader cancel pull start signal redirect".split(" ");
  for (const name of [...names, 0, 1]) Object.defineProperty(Object.prototype, name, { get() { for (;;); }, set() { for (;;); }, configurable: true });
  const { Response } = globalThis;
  return new Response("fine", { __proto__: null, headers: { __proto__: null, a: "b" } });
}

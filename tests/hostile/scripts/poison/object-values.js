// Values on Object.prototype for what the runtime could read from options that are not given.
// outcome: ok | exception
// then: ok

export default async function (request, env) {
  Object.assign(Object.prototype, { status: 666, headers: { "set-cookie": "everybody=1" }, body: "evil", method: "TRACE\r\n", signal: 1, highWaterMark: -1, type: "bytes", capture: 1, once: 1, detail: {} });
  const response = await fetch(env.ORIGIN + "/small");
  return new Response(await response.text(), { __proto__: null, status: 200 });
}

// String.prototype, RegExp.prototype.exec and JSON never return.
// outcome: ok
// status: 200
// then: ok

export default async function (request, env) {
  const forever = () => { for (;;); };
  const { Response, URL, Headers } = globalThis;
  const origin = env.ORIGIN + "/small";
  for (const type of [String, RegExp, Number, Symbol]) for (const name of Reflect.ownKeys(type.prototype)) {
    if (name !== "constructor" && name !== "length" && name !== Symbol.toPrimitive) try { Object.defineProperty(type.prototype, name, { get: forever }); } catch {}
  }
  JSON.parse = JSON.stringify = forever;
  const response = await fetch(origin);
  return new Response((await response.text()) + new URL("?ü", origin), { headers: new Headers({ "X-A": "b" }) });
}

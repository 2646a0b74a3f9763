// Array.prototype and its iterator never return, and indexes have setters.
// outcome: ok | exceeded-cpu
// status: 200 | 503
// then: ok

export default async function (request, env) {
  const forever = () => { for (;;); };
  const { Response, Headers, URL, TextEncoder, fetch } = globalThis;
  for (const name of Object.getOwnPropertyNames(Array.prototype)) if (name !== "length" && name !== "constructor") Array.prototype[name] = forever;
  Array.prototype[Symbol.iterator] = forever;
  for (let i = 0; i < 50; i++) Object.defineProperty(Array.prototype, i, { set: forever, get: forever, configurable: true });
  const sent = await fetch(env.ORIGIN + "/swallow", { __proto__: null, method: "POST", body: new TextEncoder().encode(new URL("/a/../b?c", request.url).href) });
  return new Response(sent.body, { __proto__: null, headers: new Headers({ __proto__: null, a: "b" }) });
}

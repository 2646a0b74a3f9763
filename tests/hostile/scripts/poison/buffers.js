// The constructors and species of buffers and typed arrays lead elsewhere.
// outcome: ok | exceeded-cpu
// status: 200 | 503
// then: ok

export default async function (request, env) {
  const forever = () => { for (;;); };
  const { Response, Uint8Array, TextEncoder, TextDecoder } = globalThis;
  const bytes = new TextEncoder().encode("bytes");
  for (const type of [ArrayBuffer, Uint8Array, DataView, Object.getPrototypeOf(Uint8Array)]) {
    try { Object.defineProperty(type, Symbol.species, { get: forever }); } catch {}
    for (const name of Reflect.ownKeys(type.prototype)) if (name !== "length") try { Object.defineProperty(type.prototype, name, { get: forever }); } catch {}
  }
  const echoed = await fetch(env.ORIGIN + "/small", { method: "POST", body: bytes });
  return new Response(new TextDecoder().decode(await echoed.bytes()));
}

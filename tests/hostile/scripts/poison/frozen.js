// Freezes everything that can be reached.
// outcome: ok
// status: 200
// then: ok

export default async function (request, env) {
  const seen = new Set();
  const freeze = (value) => {
    if (Object(value) !== value || seen.has(value)) return;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) { const p = Reflect.getOwnPropertyDescriptor(value, key); freeze(p.value); freeze(p.get); freeze(p.set); }
    freeze(Object.getPrototypeOf(value));
    try { Object.freeze(value); } catch {}
  };
  for (const name of ["Response", "Request", "Headers", "Promise", "Object", "Array", "Map", "Error", "ReadableStream", "fetch", "console", "URL"]) freeze(globalThis[name]);
  const response = await fetch(env.ORIGIN + "/small");
  return new Response(response.body.pipeThrough(new TransformStream()));
}

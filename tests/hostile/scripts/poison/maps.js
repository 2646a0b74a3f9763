// Map, Set, WeakMap and their prototypes never return.
// outcome: ok
// status: 200
// then: ok

export default async function (request, env, ctx) {
  const forever = () => { for (;;); };
  for (const type of [Map, Set, WeakMap, WeakSet, WeakRef, FinalizationRegistry]) for (const name of Reflect.ownKeys(type.prototype)) {
    if (name !== "constructor") Object.defineProperty(type.prototype, name, { get: forever, configurable: true });
  }
  ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 1)));
  return fetch(env.ORIGIN + "/small");
}

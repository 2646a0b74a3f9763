// Prints objects that run code, or throw, when they are looked at.
// outcome: ok
// status: 200
// then: ok

export default function () {
  const forever = () => { for (;;); };
  const trap = new Proxy(forever, new Proxy({}, { get: () => forever }));
  const object = { get a() { forever(); }, toString: forever, toJSON: forever, [Symbol.toPrimitive]: forever, get [Symbol.toStringTag]() { forever(); }, constructor: trap, [Symbol.iterator]: forever };
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const odd = Object.create(null, { constructor: { get: forever } });
  console.log(trap, object, proxy, odd, [trap], new Map([[object, proxy]]), class extends Object { static get name() { forever(); } });
  console.log("%s %d %i %f %j %o %O %c", object, object, object, object, object, object, object, "color: red\n\x1b[2J");
  console.table([object, trap]);
  console.dir(Object.defineProperty([], "length", { writable: false }));
  return new Response("x");
}

// Headers made from a proxy that has another list of names each time.
// outcome: ok | exception | exceeded-cpu
// then: ok

export default function () {
  let n = 0;
  const names = new Proxy({}, { ownKeys: () => ["a" + n++, "a" + n++, Symbol.iterator].slice(0, 2), getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }), get: (_, key) => typeof key === "symbol" ? undefined : "v" + n });
  const headers = new Headers(names);
  headers.forEach((value, name) => { if (n++ < 1e4) headers.append(name + n, value); });
  return new Response("x", { headers });
}

// A chain of prototypes that are proxies, and goes round in a circle.
// outcome: exception | exceeded-cpu
// then: ok

export default function () {
  const circle = new Proxy({}, { getPrototypeOf: () => circle, get: (target, key) => Reflect.get(circle, key), has: (target, key) => key in circle });
  return circle instanceof Response ? circle : new Response("x", { headers: circle });
}

// Array and promise subclasses whose species is something else entirely.
// outcome: exception | ok | hung
// then: ok

export default async function (request, env) {
  class Odd extends Promise {
    static get [Symbol.species]() { return function (run) { run(() => {}, () => {}); return {}; }; }
    then(...all) { super.then(...all); return this; }
  }
  class List extends Array { static get [Symbol.species]() { return class { constructor() { return new Proxy([], { defineProperty() { throw new Error("no"); } }); } }; } }
  try { List.from([1, 2, 3]).map((n) => n).concat([4]); } catch {}
  return Odd.resolve(new Response("x"));
}

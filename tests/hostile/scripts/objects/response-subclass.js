// A subclass of Response in which every property lies.
// outcome: ok
// status: 201
// then: ok

export default function () {
  const forever = () => { for (;;); };
  class Liar extends Response {
    get status() { forever(); }
    get headers() { forever(); }
    get body() { forever(); }
    get bodyUsed() { forever(); }
    clone() { forever(); }
    static [Symbol.hasInstance]() { forever(); }
  }
  return new Liar("x", { status: 201 });
}

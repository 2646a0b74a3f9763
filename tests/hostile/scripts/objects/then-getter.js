// A response with a getter "then" that throws something odd.
// outcome: ok | exception
// then: ok

export default () => Object.defineProperty(new Response("x"), "then", { get() { throw Object.create(null); } });

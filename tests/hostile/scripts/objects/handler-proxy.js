// The exported handlers are a proxy that lies about what it has.
// outcome: ok | exception | exceeded-cpu | no-handler
// then: none
// form: module

let n = 0;
export default new Proxy({}, {
  get: (_, key) => key === "fetch" ? n++ < 3 ? () => new Response("fine") : (() => { for (;;); })() : undefined,
  has: () => { throw new Error("has"); }, ownKeys: () => { throw new Error("ownKeys"); },
});

// Answers with a proxy of a response, whose traps never return.
// outcome: no-response | exception
// status: 500
// then: ok

export default function () {
  const forever = () => { for (;;); };
  return new Proxy(new Response("x"), { get: (target, key) => key === "then" ? undefined : forever(), getPrototypeOf: forever, has: forever, ownKeys: forever });
}

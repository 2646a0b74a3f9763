// Throws a proxy that throws when it is looked at.
// outcome: exception
// status: 500
// then: ok

export default function () {
  const again = () => { throw thrown; };
  const thrown = new Proxy(new Error("x"), { get: again, has: again, getPrototypeOf: again, getOwnPropertyDescriptor: again, ownKeys: again });
  throw thrown;
}

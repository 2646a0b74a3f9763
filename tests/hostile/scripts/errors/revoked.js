// Rejects with a revoked proxy.
// outcome: exception
// status: 500
// then: ok

export default async function () {
  const { proxy, revoke } = Proxy.revocable(function () {}, {});
  revoke();
  throw proxy;
}

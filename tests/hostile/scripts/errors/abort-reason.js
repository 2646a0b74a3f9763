// Aborts a fetch with a reason that is a trap.
// outcome: exception | ok
// then: ok

export default async function (request, env) {
  const controller = new AbortController();
  const never = fetch(env.ORIGIN + "/never", { signal: controller.signal });
  controller.signal.onabort = { get handleEvent() { throw 1; } };
  controller.abort(new Proxy({}, { get(_, key) { if (key === "then") return undefined; throw new Error("no"); } }));
  return never;
}

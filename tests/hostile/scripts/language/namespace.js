// Writes to what modules export and to what cannot be written to.
// outcome: ok
// status: 200
// then: ok

export default async function () {
  const self = await import("./fine.js");
  for (const change of [() => { self.fine = 1; }, () => delete self.fine, () => Object.defineProperty(self, "x", {}), () => Object.setPrototypeOf(self, {}), () => Object.freeze(self), () => { globalThis.undefined = 1; }, () => { globalThis.Response = 1; }]) try { change(); } catch {}
  return typeof self.fine === "function" ? fetch("data:,fine") : undefined;
}

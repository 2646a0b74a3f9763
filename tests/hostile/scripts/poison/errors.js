// Error's own properties and hooks never return.
// outcome: exception
// status: 500
// then: ok

export default async function () {
  const forever = () => { for (;;); };
  Error.stackTraceLimit = 1e9;
  for (const name of ["name", "message", "stack", "cause", "toString"]) Object.defineProperty(Error.prototype, name, { get: forever, set: forever });
  Object.defineProperty(TypeError.prototype, "name", { get: forever });
  new Response("x", { status: 1 });
}

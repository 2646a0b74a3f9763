// call, apply, bind and Reflect never return.
// outcome: ok
// status: 200
// then: ok

export default async function (request, env) {
  const forever = () => { for (;;); };
  const define = Object.defineProperty;
  for (const name of ["call", "apply", "bind", "toString"]) define(Function.prototype, name, { value: forever });
  for (const name of ["apply", "construct", "get", "set", "ownKeys", "defineProperty"]) define(Reflect, name, { value: forever });
  console.log("%s %o", request, forever);
  return fetch(env.ORIGIN + "/small");
}

// The constructor of promises has a species that never returns, which await looks at.
// outcome: exceeded-cpu | ok
// then: ok

export default async function (request, env) {
  Object.defineProperty(Promise.prototype, "constructor", { get() { for (;;); } });
  return (await fetch(env.ORIGIN + "/small")).body.pipeThrough(new TransformStream());
}

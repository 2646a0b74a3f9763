// Looks for the runtime's own functions on the stack and in what it is handed, to call them.
// outcome: ok
// status: 200
// then: ok

export default async function (request, env, ctx) {
  const found = [];
  Error.prepareStackTrace = (_, calls) => calls;
  const look = () => {
    const holder = {};
    Error.captureStackTrace(holder);
    for (const call of Array.isArray(holder.stack) ? holder.stack : []) {
      const [self, f] = [call.getThis?.(), call.getFunction?.()];
      if (self !== undefined && self !== globalThis || f !== undefined && !String(f).includes("captureStackTrace")) found.push(`${call.getFunctionName()}: ${typeof self} ${typeof f}`);
    }
  };
  new URLSearchParams({ get a() { look(); return "b"; } });
  new Headers([["a", { toString() { look(); return "b"; } }]]);
  new Response(new ReadableStream({ type: "bytes", pull: look, start: look })).body.getReader().read();
  for (const name of ["__host", "host", "primordials", "internal", "process", "require"]) if (name in globalThis) found.push(name);
  try { found.push(look.caller); } catch {}
  return found.length > 0 ? new Response(found.join(), { status: 500 }) : new Response("nothing");
}

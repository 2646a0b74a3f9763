// Looks for shared memory and for what waits, which would make clocks and locks.
// outcome: ok
// status: 200
// then: ok

export default function () {
  const found = ["SharedArrayBuffer", "Worker", "SharedWorker", "importScripts", "Atomics.pause"].filter((name) => name in globalThis);
  try { Atomics.wait(new Int32Array(4), 0, 0, 1); found.push("Atomics.wait"); } catch {}
  try { new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer.constructor === ArrayBuffer || structuredClone(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer); } catch {}
  return found.length > 0 ? new Response(found.join(), { status: 500 }) : new Response("none");
}

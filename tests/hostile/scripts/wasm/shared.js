// Shared memory, with which a thread could make a clock.
// outcome: exception
// status: 500
// then: ok

export default function () {
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  Atomics.wait(new Int32Array(buffer), 0, 0, 10);
  throw new Error(typeof SharedArrayBuffer);
}

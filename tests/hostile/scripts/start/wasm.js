// A module that compiles WebAssembly for as long as it may.
// when: start
// says: limits.startup_cpu
// limits: startup_cpu = "200ms"

const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11]);
new WebAssembly.Instance(new WebAssembly.Module(code));
export default { fetch: () => new Response("x") };

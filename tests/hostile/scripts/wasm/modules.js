// Compiles modules and keeps them: native code is not in V8's heap.
// outcome: exceeded-cpu | exceeded-memory | exception
// then: ok
// limits: cpu = "500ms" | memory = "24MiB"

export default function () {
  const kept = [];
  for (let i = 0; ; i++) {
    const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 4, 1, 2, 0, 11, 0, 6, 1, 97, i & 127, i >> 7 & 127, i >> 14 & 127, 0]));
    const instance = new WebAssembly.Instance(module);
    instance.exports.f();
    kept.push(instance);
  }
}

// Shared memory, with which a thread could make a clock, and which V8 counts to nobody: of a constructor, of
// modules, and of a constructor that is asked for by other ways.
// outcome: ok
// status: 200
// then: ok

const descriptor = { initial: 16384, maximum: 16384, shared: true };
// A module with a GiB of it, which g fills.
const filling = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 8, 1, 3, 128, 128, 1, 128, 128, 1, 7, 9, 2, 1, 103, 0, 0, 1, 109, 2, 0,
  10, 17, 1, 15, 0, 65, 0, 65, 1, 65, 128, 128, 128, 128, 4, 252, 11, 0, 11]);

export default async function () {
  const found = [];
  const kept = [];
  const seek = async (name, make) => {
    try { kept.push(await make()); found.push(name); } catch {}
  };
  await seek("constructor", () => new WebAssembly.Memory(descriptor));
  await seek("empty", () => new WebAssembly.Memory({ initial: 0, maximum: 65536, shared: true }));
  await seek("proxy", () => new WebAssembly.Memory(new Proxy(descriptor, {})));
  await seek("function", () => new WebAssembly.Memory(Object.assign(function () {}, descriptor)));
  await seek("of an instance", () => new (new WebAssembly.Memory({ initial: 0 }).constructor)(descriptor));
  await seek("subclass", () => new (class extends WebAssembly.Memory {})(descriptor));
  await seek("Module", () => new WebAssembly.Instance(new WebAssembly.Module(filling)).exports.g());
  await seek("of a module", () => new WebAssembly.Instance(new (new WebAssembly.Module(filling.slice(0, 8)).constructor)(filling)).exports.g());
  await seek("compile", async () => new WebAssembly.Instance(await WebAssembly.compile(filling.buffer)).exports.g());
  await seek("instantiate", async () => (await WebAssembly.instantiate(new DataView(filling.buffer))).instance.exports.g());
  const response = () => new Response(filling, { headers: { "content-type": "application/wasm" } });
  await seek("compileStreaming", async () => new WebAssembly.Instance(await WebAssembly.compileStreaming(response())).exports.g());
  await seek("instantiateStreaming", async () => (await WebAssembly.instantiateStreaming(response())).instance.exports.g());
  for (let i = 0; i < 1000; i++) await seek("many", () => new WebAssembly.Memory(descriptor));
  return found.length > 0 ? new Response(found.join(), { status: 500 }) : new Response("none");
}

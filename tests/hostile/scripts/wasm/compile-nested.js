// A function with a million blocks in each other, which takes a second to compile and cannot be interrupted.
// outcome: exceeded-cpu | exceeded-memory | exception
// then: ok
// needs: cordon

export default function () {
  const leb = (n) => { const bytes = []; do { bytes.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7; } while (n); return bytes; };
  const depth = 15e5, body = new Uint8Array(3 * depth + 2);
  for (let i = 0; i < depth; i++) body[1 + 2 * i] = 2, body[2 + 2 * i] = 64;
  body.fill(11, 1 + 2 * depth);
  const code = [...leb(body.length)], size = leb(1 + code.length + body.length);
  const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, ...size, 1, ...code];
  const module = new Uint8Array(head.length + body.length);
  module.set(head);
  module.set(body, head.length);
  for (;;) new WebAssembly.Instance(new WebAssembly.Module(module)).exports.f();
}

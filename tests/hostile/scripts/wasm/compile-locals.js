// Functions with fifty thousand locals each, a hundred thousand of them: V8 reads them all before it looks at a limit.
// outcome: exceeded-cpu | exceeded-memory | exception
// then: ok
// needs: cordon

export default function () {
  const leb = (n) => { const bytes = []; do { bytes.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7; } while (n); return bytes; };
  const n = 1e5, body = [5, 1, ...leb(5e4), 126, 11];
  body[0] = body.length - 1;
  const section = (id, count, item) => { const c = leb(count); const bytes = [id, ...leb(c.length + count * item.length), ...c]; for (let i = 0; i < count; i++) bytes.push(...item); return bytes; };
  const module = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, ...section(3, n, [0]), 7, 5, 1, 1, 102, 0, 0, ...section(10, n, body)]);
  for (;;) new WebAssembly.Instance(new WebAssembly.Module(module)).exports.f();
}

// Transfers a buffer to one that is larger, again and again.
// outcome: exceeded-memory | exception
// then: ok
// limits: cpu = "5s"

export default function () {
  let buffer = new ArrayBuffer(1 << 20);
  for (;;) { buffer = buffer.transfer(buffer.byteLength * 2); new Uint8Array(buffer).fill(1); }
}

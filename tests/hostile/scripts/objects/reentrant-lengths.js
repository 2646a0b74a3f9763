// Arrays that shrink while built-in functions work on them: the start of many an exploit.
// outcome: ok
// status: 200
// then: ok
// limits: cpu = "2s"

export default function () {
  for (let round = 0; round < 10; round++) {
    const list = Array.from({ length: 1000 }, (_, i) => i + 0.1);
    const shrink = { valueOf() { list.length = 1; list[5000] = {}; return 900; } };
    for (const use of [(l) => l.slice(0, shrink), (l) => l.splice(shrink, 10, {}), (l) => l.fill({}, 0, shrink), (l) => l.copyWithin(0, shrink), (l) => l.indexOf({}, shrink), (l) => l.with(5, shrink), (l) => l.at(shrink), (l) => l.toSpliced(shrink, 1)]) try { use(list); } catch {}
    const bytes = new Uint8Array(new ArrayBuffer(1 << 12, { maxByteLength: 1 << 13 }));
    const detach = { valueOf() { bytes.buffer.resize(8); return 4000; } };
    for (const use of [(b) => b.fill(detach, 0, 4000), (b) => b.set([1, 2, 3], detach), (b) => b.subarray(0, detach), (b) => b.slice(detach), (b) => b.copyWithin(0, detach), (b) => b.with(4000, detach), (b) => Atomics.store(b, 4000, detach)]) try { use(bytes); } catch {}
  }
  return new Response("x");
}

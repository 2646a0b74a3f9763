// Typed arrays of lengths that overflow what a length is computed in.
// outcome: exception | exceeded-memory | exceeded-cpu
// then: ok

export default function () {
  const lengths = [2 ** 32 - 1, 2 ** 32, 2 ** 33 + 1, 2 ** 53 - 1, -1, NaN, Infinity, 0x7fffffff, 0x80000000];
  const failures = [];
  for (const make of [Uint8Array, Float64Array, BigUint64Array]) for (const length of lengths) {
    try { new make(length); } catch (e) { failures.push(e); }
    try { new make(new ArrayBuffer(8), length, length); } catch (e) { failures.push(e); }
    try { make.from({ length }); } catch (e) { failures.push(e); }
  }
  throw failures[0];
}

// Sorts a typed array with a comparator that detaches it.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default function () {
  for (;;) {
    const numbers = new Float64Array(1e4).map(() => Math.random());
    numbers.sort((a, b) => { if (a > 0.99 && !numbers.buffer.detached) numbers.buffer.transfer(0); return a - b; });
  }
}

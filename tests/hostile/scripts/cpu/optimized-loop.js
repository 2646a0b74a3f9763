// A loop that allocates, long enough to be compiled by the optimizing compiler.
// outcome: exceeded-cpu | exceeded-memory
// status: 503
// then: ok

let kept;
export default function () {
  for (let i = 0; ; i++) kept = [i, { i, kept: [kept?.[1].i, i * 1.5] }, "x" + i];
}

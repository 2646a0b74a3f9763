// Nested loops in which nothing is left to do once they are optimized.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default function () {
  let sum = 0;
  const work = (a, b) => { for (let i = 0; i < a; i++) for (let j = 0; j < b; j++) sum = (sum + i * j) | 0; return sum; };
  for (let i = 0; i < 100; i++) work(100, 100);
  return new Response(`${work(2 ** 31, 2 ** 31)}`);
}

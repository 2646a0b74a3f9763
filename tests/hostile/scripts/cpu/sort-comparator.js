// A comparator without sense, and with side effects on what is sorted.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default function () {
  const list = Array.from({ length: 1e6 }, (_, i) => i);
  list.sort((a, b) => { list.length = 10; list.push({}, a); return b - a || (a ^ b) - 5; });
  for (;;) list.sort(() => list.length - Math.random() * 1e3);
}

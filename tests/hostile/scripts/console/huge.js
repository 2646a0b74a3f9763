// Prints what is too large, too deep and too wide.
// outcome: ok | exceeded-cpu | exceeded-memory
// then: ok
// limits: cpu = "1s"

export default function () {
  let deep = {};
  for (let i = 0; i < 1e5; i++) deep = { deep, self: deep };
  deep.deep.self.circle = deep;
  console.log("x".repeat(1e7), deep, new Array(1e6).fill({ a: [[[[[]]]]] }), new Map(Array.from({ length: 1e5 }, (_, i) => [i, deep])), new Uint8Array(1e7), 7n ** 9999n);
  console.log("%s".repeat(1e5), ...Array(1e4).fill(deep));
  for (let i = 0; i < 1e4; i++) console.group("\x1b]0;title\x07" + i);
  console.log("deep\nin\ngroups");
  return new Response("x");
}

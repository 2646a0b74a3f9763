// A regular expression that takes 2^64 steps.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default function () {
  return new Response(`${/^(a+)+$/.test("a".repeat(64) + "b")}`);
}

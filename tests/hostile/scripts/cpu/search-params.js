// Half a million parameters, sorted, and deleted one by one.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default function () {
  const all = new URLSearchParams("b=1&a=2&".repeat(5e5));
  all.sort();
  for (let i = 0; i < 5e5; i++) all.delete("b" + i, "x");
  return new Response(`${all.size}`);
}

// One header of thirty megabytes.
// outcome: ok | exception | exceeded-size | exceeded-cpu
// then: ok

export default function () {
  return new Response("x", { headers: { x: "x".repeat(3e7) } });
}

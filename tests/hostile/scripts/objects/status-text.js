// A reason phrase of ten megabytes.
// outcome: ok | exception | exceeded-size | exceeded-cpu
// then: ok

export default function () {
  return new Response("x", { statusText: "x".repeat(1e7) });
}

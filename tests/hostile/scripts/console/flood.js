// Prints lines for as long as it may.
// outcome: exceeded-cpu | ok
// then: ok

export default function () {
  for (let i = 0; i < 1e7; i++) console.error("line " + i + " " + "x".repeat(i % 500));
  return new Response("x");
}

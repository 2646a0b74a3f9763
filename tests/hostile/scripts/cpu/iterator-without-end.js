// Iterators that are never done, in everything that iterates.
// outcome: exceeded-cpu | exceeded-memory
// status: 503
// then: ok

export default function () {
  const forever = { [Symbol.iterator]: () => ({ next: () => ({ done: false, value: ["a", "b"] }) }) };
  try { new Headers(forever); } catch {}
  try { new URLSearchParams(forever); } catch {}
  return new Response(`${new Map(forever).size}`);
}

// Interpolates objects whose toString is slow and never the same.
// outcome: exceeded-cpu | exceeded-memory | exception
// then: ok

export default function () {
  const slow = { toString() { let s = ""; for (let i = 0; i < 1e5; i++) s = i + s; return s; } };
  return new Response([...Array(1e4)].map(() => `${slow}${slow}`).join(slow));
}

// Generators that are resumed while they run, returned from, and thrown into.
// outcome: ok | exception
// then: ok

export default function () {
  let g;
  function* evil() { for (;;) try { yield g.next(); } catch { try { yield g.return(); } finally { yield* [g, g]; } } }
  g = evil();
  for (let i = 0; i < 1e4; i++) try { [() => g.next(), () => g.throw(i), () => g.return(i), () => [...g].length][i % 3](); } catch {}
  return new Response("x");
}

// Overflows the stack again and again, from different depths.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default function () {
  const dive = (n) => { try { return dive(n + 1) + dive(n + 2); } catch { return dive(n - 1); } };
  for (;;) try { dive(0); } catch {}
}

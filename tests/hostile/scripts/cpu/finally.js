// A loop that comes back from every exception, also that of its own end.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default function () {
  for (;;) try { for (;;) try { throw 1; } finally { continue; } } catch { continue; }
}

// Timers with delays and callbacks that are traps.
// outcome: ok | exception | exceeded-cpu
// then: ok

export default async function () {
  for (const delay of [{ valueOf() { throw 1; } }, Infinity, -Infinity, NaN, 2 ** 31, 2 ** 53, "1e3", Symbol("d"), 10n, {}]) try { clearTimeout(setTimeout(() => {}, delay)); } catch {}
  for (const f of ["alert(1)", null, {}, new Proxy(() => {}, { apply() { throw new Error("apply"); } })]) try { setTimeout(f, 0); } catch {}
  for (const id of [-1, NaN, 2 ** 40, {}, { valueOf() { for (;;); } }]) clearInterval(id);
  return new Response("x");
}

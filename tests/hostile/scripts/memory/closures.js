// Functions and scopes without number, each of which keeps the one before, in a loop that ignores its end.
// outcome: exceeded-memory | exceeded-cpu
// status: 503
// then: ok
// needs: cordon
// limits: cpu = "1s" | memory = "24MiB"

export default function () {
  let f = () => 0;
  for (;;) { const inner = f, large = new Array(100); f = async function* () { yield inner; yield large; }; f.prototype.own = f; }
}

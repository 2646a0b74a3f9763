// Objects that are brought back to life when they are collected.
// outcome: exceeded-memory | exceeded-cpu
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

const back = [];
const registry = new FinalizationRegistry((held) => { const next = { held }; back.push(next, new WeakRef(next)); registry.register(next, [held, held]); });
export default async function () {
  for (let i = 0; ; i++) {
    const object = { i, large: new Array(100) };
    registry.register(object, [i, back.length], object);
    back.push(new WeakRef(object).deref());
    if (i % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

// Makes code of texts, in every way that the language has.
// outcome: ok
// status: 200
// then: ok

export default function () {
  const made = [];
  const f = async function* () {};
  for (const make of [() => (0, eval)("1"), () => new Function("return 1")(), () => (() => {}).constructor("return 1")(), () => f.constructor("yield 1")(), () => Object.getPrototypeOf(async () => {}).constructor("")(), () => Reflect.construct(Function, ["return this"])(), () => setTimeout("1"), () => new globalThis["Fun" + "ction"]("while(1);")]) {
    try { make(); made.push(String(make)); } catch {}
  }
  return made.length > 0 ? new Response(made.join("\n"), { status: 500 }) : new Response("none");
}

// One object with millions of properties, all of different names.
// outcome: exceeded-memory
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "16MiB"

export default function () {
  const object = {};
  for (let i = 0; ; i++) object["property " + i] = Symbol.for("symbol " + i);
}

// Tables that grow to millions of elements, full of references.
// outcome: exception | exceeded-memory
// then: ok
// limits: cpu = "5s" | memory = "64MiB"

export default function () {
  const kept = [];
  for (let i = 0; i < 10; i++) {
    const table = new WebAssembly.Table({ element: "externref", initial: 1 });
    table.grow(5_000_000, kept);
    kept.push(table);
  }
  return new Response(`${kept.length}`);
}

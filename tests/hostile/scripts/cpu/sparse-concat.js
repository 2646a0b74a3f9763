// Concatenates arrays that are nothing but holes, and proxies that say that they are spreadable.
// outcome: exceeded-cpu | exceeded-memory | exception
// then: ok

export default function () {
  const holes = [];
  holes.length = 4294967295;
  const lie = new Proxy([], { get: (_, key) => key === "length" ? 1e9 : key === Symbol.isConcatSpreadable ? true : 1, has: () => true });
  return new Response(`${[].concat(holes.slice(0, 1e7), lie, lie).length}`);
}

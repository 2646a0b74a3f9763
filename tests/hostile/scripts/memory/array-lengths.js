// Arrays that are almost as long as arrays can be, dense and full of holes.
// outcome: exceeded-memory | exceeded-cpu | exception
// then: ok
// needs: cordon

export default function () {
  const kept = [new Array(2 ** 25).fill(), Array.from({ length: 2 ** 27 }), Object.assign([], { length: 2 ** 32 - 1 })];
  return new Response(`${kept.flat().length}`);
}

// A text of half a gigabyte as the arguments of a function.
// outcome: exceeded-memory | exceeded-cpu | exception | isolate-lost
// then: ok
// needs: cordon

export default function () {
  return new Response(`${Math.max(...[..."x".repeat(5e8)])}`);
}

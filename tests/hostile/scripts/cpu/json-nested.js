// A JSON text nested five million deep: the parser is deaf to its end for seconds.
// outcome: exceeded-cpu | exceeded-memory | exception
// then: ok
// needs: cordon

export default function () {
  return new Response(`${JSON.parse("[".repeat(5e6) + "]".repeat(5e6)).length}`);
}

// Fills a hundred million elements in one call, which outlives its end by seconds.
// outcome: exceeded-cpu | exceeded-memory
// status: 503
// then: ok
// needs: cordon

export default function () {
  return new Response(`${new Array(1e8).fill(0).length}`);
}

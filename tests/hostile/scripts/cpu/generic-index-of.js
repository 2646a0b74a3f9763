// A built-in function that goes through 2^53 indexes of no array at all.
// outcome: exceeded-cpu
// status: 503
// then: ok
// needs: cordon

export default function () {
  return new Response(`${Array.prototype.indexOf.call({ length: Number.MAX_SAFE_INTEGER }, 1)}`);
}

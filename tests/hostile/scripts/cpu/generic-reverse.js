// Array.prototype.reverse of an object that says that it is long.
// outcome: exceeded-cpu
// status: 503
// then: ok
// needs: cordon

export default function () {
  return new Response(`${Array.prototype.reverse.call({ length: Number.MAX_SAFE_INTEGER })}`);
}

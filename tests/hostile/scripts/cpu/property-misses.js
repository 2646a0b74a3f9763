// A loop in which every object is of a new shape, so that the engine never looks whether it is to end.
// outcome: exceeded-cpu | exceeded-memory
// status: 503
// then: ok
// needs: cordon

export default function () {
  let f;
  for (;;) { f = function () {}; f.prototype; }
}

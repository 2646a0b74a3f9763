// A loop without end.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default function () {
  for (;;);
}

// Error.prepareStackTrace never returns.
// outcome: exception | exceeded-cpu
// then: ok

export default function () {
  Error.prepareStackTrace = () => { for (;;); };
  Error.stackTraceLimit = Infinity;
  null.x;
}

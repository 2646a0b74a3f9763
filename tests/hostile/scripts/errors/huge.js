// A message and a stack of a hundred megabytes.
// outcome: exception | exceeded-cpu | exceeded-memory
// then: ok

export default function () {
  const error = new Error("m\u{1F408}".repeat(1e7));
  error.stack = "at x (y:1:1)\n".repeat(3e6);
  error.cause = "c".repeat(3e7);
  throw error;
}

// Causes that go round in a circle, and a chain of them that is half a million long.
// outcome: exception | exceeded-cpu
// then: ok

export default async function () {
  let error = new Error("innermost");
  error.cause = error;
  Error.stackTraceLimit = 0;
  for (let i = 0; i < 5e5; i++) error = new Error("e" + i, { cause: error });
  Promise.reject(error);
  await null;
  throw new AggregateError([error, error], "all", { cause: error });
}

// Error.prepareStackTrace throws errors, whose stacks have to be prepared.
// outcome: exception
// status: 500
// then: ok

export default async function () {
  Error.prepareStackTrace = (error, calls) => { throw new Error("while preparing " + error.message.slice(0, 100) + calls.length); };
  await null;
  throw new Error("x");
}

// An error whose stack never returns, and whose message is no text.
// outcome: exception
// status: 500
// then: ok

export default function () {
  const forever = () => { for (;;); };
  const error = new Error("x");
  Object.defineProperty(error, "stack", { get: forever });
  Object.defineProperty(error, "message", { get: forever });
  Object.defineProperty(error, "name", { value: { toString: forever } });
  error.toString = error[Symbol.toPrimitive] = forever;
  throw error;
}

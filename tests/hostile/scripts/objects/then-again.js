// A thenable that resolves to itself, for ever.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default function () {
  const again = { then(resolve) { resolve({ ...again }); } };
  return again;
}

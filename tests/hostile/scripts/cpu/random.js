// Asks for random bytes without end.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default function () {
  const bytes = new Uint8Array(65536);
  for (;;) crypto.getRandomValues(bytes);
}

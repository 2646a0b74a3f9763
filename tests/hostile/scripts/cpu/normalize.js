// Normalizes and compares texts of megabytes, in functions that cannot be interrupted.
// outcome: exceeded-cpu | exceeded-memory | exception
// then: ok
// needs: cordon

export default function () {
  const text = "\u0344\u1e9b\u0323".repeat(2e6);
  for (;;) text.normalize("NFKD").localeCompare(text.toUpperCase().normalize("NFC"));
}

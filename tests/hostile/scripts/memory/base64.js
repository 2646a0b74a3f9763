// base64 of as much as there can be.
// outcome: exceeded-memory | exceeded-cpu | exception
// then: ok
// limits: cpu = "5s"

export default function () {
  const text = atob("QUJD".repeat(5e7));
  return new Response(btoa(text + text));
}

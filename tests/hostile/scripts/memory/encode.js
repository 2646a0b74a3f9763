// Encodes a text of half a gigabyte in UTF-8, three bytes for each character.
// outcome: exceeded-memory | exceeded-cpu | exception
// then: ok
// limits: cpu = "5s"

export default function () {
  return new Response(new TextEncoder().encode("\u20ac".repeat(6e7)));
}

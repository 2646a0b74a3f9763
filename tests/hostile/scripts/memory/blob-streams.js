// Streams of the same large blob, begun by the thousand.
// outcome: exceeded-memory | exceeded-cpu | ok
// then: ok
// limits: cpu = "5s"

export default async function () {
  const blob = new Blob([new Uint8Array(32 << 20)]);
  const kept = [];
  for (let i = 0; i < 1000; i++) { const reader = blob.slice(i).stream().getReader(); await reader.read(); kept.push(reader); }
  return new Response(`${kept.length}`);
}

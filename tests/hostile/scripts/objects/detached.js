// Bodies on buffers that are taken away before they are sent.
// outcome: ok
// status: 200
// then: ok
// limits: cpu = "1s"

export default async function (request, env) {
  const bytes = new Uint8Array(1e6);
  const response = new Response(bytes), blob = new Blob([bytes]), sent = fetch(env.ORIGIN + "/swallow", { method: "POST", body: bytes });
  bytes.buffer.transfer(0);
  await sent;
  return (await blob.arrayBuffer()).byteLength === 1e6 ? response : new Response("lost", { status: 500 });
}

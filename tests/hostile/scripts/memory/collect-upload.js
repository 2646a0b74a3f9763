// Collects what the client sends, many times over.
// outcome: exceeded-memory
// status: 503
// then: ok
// method: POST
// sends: 33554432
// limits: cpu = "5s" | memory = "24MiB"

export default async function (request) {
  const all = await Promise.all([request.clone().text(), request.clone().arrayBuffer(), request.clone().blob(), request.text()]);
  return new Response(`${all.length}`);
}

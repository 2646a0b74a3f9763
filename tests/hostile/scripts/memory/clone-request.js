// Clones a request without end, each clone of the one before.
// outcome: exceeded-memory | exceeded-cpu
// status: 503
// then: ok
// method: POST
// sends: 1000000
// limits: cpu = "5s" | memory = "24MiB"

export default async function (request) {
  const kept = [];
  for (;;) { kept.push(request); request = request.clone(); }
}

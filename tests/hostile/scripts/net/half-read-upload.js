// An upload of which a little is read, and the rest is handed to an origin that does not take it.
// outcome: ok | exception | hung
// then: ok
// method: POST
// sends: 8388608

export default async function (request, env) {
  const reader = request.body.getReader();
  await reader.read();
  reader.releaseLock();
  return fetch(env.ORIGIN + "/small", { method: "POST", body: request.body, duplex: "half" });
}

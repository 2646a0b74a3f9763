// Puts a second request into every part of a fetch that goes on the wire.
// outcome: ok
// status: 200
// then: ok

export default async function (request, env) {
  const evil = "x\r\nContent-Length: 0\r\n\r\nGET /count?of=smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  const tries = [
    () => fetch(env.ORIGIN + "/small?" + evil), () => fetch(env.ORIGIN + "/small", { method: evil }), () => fetch(env.ORIGIN + "/small", { headers: { [evil]: "a" } }),
    () => fetch(env.ORIGIN + "/small", { headers: { a: evil } }), () => fetch(env.ORIGIN + "/small", { method: "POST", body: evil, headers: { "content-length": "1" } }),
    () => fetch(env.ORIGIN + "/small", { method: "POST", body: evil, headers: { "transfer-encoding": "chunked", connection: "content-length" } }),
    () => fetch(env.ORIGIN + "/small#" + evil), () => fetch(env.ORIGIN + "/small", { headers: { cookie: evil } }), () => fetch(env.ORIGIN.replace("http://", `http://${encodeURIComponent(evil)}@`)),
  ];
  for (const attempt of tries) await Promise.resolve().then(attempt).then((r) => r.text()).catch(() => {});
  const count = await (await fetch(env.ORIGIN + "/count?of=smuggled")).text();
  return new Response(count, { status: count === "1" ? 200 : 500 });
}

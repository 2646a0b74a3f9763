// Has the host derive keys from passwords, a thousand at once.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default async function () {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits"]);
  const derive = () => crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(8), iterations: 10_000 }, key, 256);
  await Promise.all(Array.from({ length: 1000 }, derive));
  return new Response("derived");
}

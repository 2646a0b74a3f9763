// Fetches by schemes and ports that an edge has no business with.
// outcome: ok
// status: 200
// then: ok

export default async function () {
  const reached = [];
  for (const url of ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:70/_x", "blob:null/x", "about:blank", "unix:///run/x", "http://user:pass@127.0.0.1:1/", "http:///", "http://127.0.0.1:99999/", "javascript:1", "ws://127.0.0.1/", "//127.0.0.1/"]) {
    await Promise.resolve().then(() => fetch(url)).then(() => reached.push(url), () => {});
  }
  return reached.length > 0 ? new Response(reached.join("\n"), { status: 500 }) : new Response("none");
}

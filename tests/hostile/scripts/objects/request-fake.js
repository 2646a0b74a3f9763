// fetch of what is no request, and changes while it is looked at.
// outcome: ok
// status: 200
// then: ok

export default async function (request, env) {
  const fakes = [new Proxy(new Request(env.ORIGIN), {}), Object.create(Request.prototype), { toString() { throw 1; } }, Object.setPrototypeOf(new Request(env.ORIGIN), null), Symbol("url"), null];
  const options = [{ get signal() { return { aborted: false }; } }, { get method() { throw 2; } }, { get body() { return new Proxy(new ReadableStream(), {}); }, method: "POST", duplex: "half" }, { headers: { get a() { throw 3; } } }, { get redirect() { return {}; } }];
  let failed = 0;
  for (const fake of fakes) await Promise.resolve().then(() => fetch(fake)).catch(() => failed++);
  for (const option of options) await Promise.resolve().then(() => fetch(env.ORIGIN + "/small", option)).catch(() => failed++);
  return new Response(`${failed}`);
}

// A hundred thousand proxies of each other: every trap goes through all of them.
// outcome: exception | exceeded-cpu
// then: ok

export default function () {
  let p = {};
  for (let i = 0; i < 1e5; i++) p = new Proxy(p, {});
  return new Response("x", p);
}

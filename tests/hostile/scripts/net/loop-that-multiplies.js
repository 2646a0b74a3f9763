// Each request makes two to itself, none of which says where it comes from.
// outcome: ok | exceeded-wall | exceeded-fetches | exceeded-cpu | overloaded
// then: ok
// limits: wall = "300ms"

export default async function (request, env) {
  const all = await Promise.allSettled([1, 2].map((n) => fetch(`${env.ORIGIN}/edge/net.loop-that-multiplies.test/${n}`)));
  return new Response(`${all.length}`);
}

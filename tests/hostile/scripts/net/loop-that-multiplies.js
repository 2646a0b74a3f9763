// Each request makes three to itself, none of which says where it comes from.
// outcome: loop-detected | exceeded-wall | exception | ok | exceeded-fetches
// then: ok
// needs: cordon
// limits: wall = "200ms"

export default async function (request, env) {
  const all = await Promise.allSettled([1, 2, 3].map((n) => fetch(`${env.ORIGIN}/edge/net.loop-that-multiplies.test/${n}`)));
  return new Response(`${all.length}`);
}

// Throws where the stack is almost used up, so that whoever handles it has none.
// outcome: exception | exceeded-cpu
// then: ok

export default async function (request, env) {
  const dive = () => { try { dive(); } catch { try { console.log(new Response("x"), request.headers); fetch(env.ORIGIN).catch(() => {}); new URL("http://a/"); structuredClone({}); } catch {} } dive2(); };
  let n = 0;
  const dive2 = () => { if (n++ < 50) throw new Error("deep"); };
  dive();
  const down = () => down();
  return down();
}

// Answers with the rest of a stream that belongs to a request which is over.
// outcome: ok | exception | hung | exceeded-cpu
// then: ok

let left;
export default async function (request, env) {
  const mine = (await fetch(env.ORIGIN + "/large?n=1000000")).body;
  const [a, b] = mine.tee();
  const before = left;
  left = b;
  if (!before) await fetch(env.ORIGIN + "/small");
  return new Response(before ?? a);
}

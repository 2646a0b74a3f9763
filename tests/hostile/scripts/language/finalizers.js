// Finalizers that loop when they are called, whenever that is.
// outcome: ok | exceeded-cpu
// then: ok

const registry = new FinalizationRegistry(() => { for (;;); });
export default async function () {
  for (let i = 0; i < 1e4; i++) registry.register(new Array(100), i);
  await new Promise((resolve) => setTimeout(resolve, 1));
  let s = [];
  for (let i = 0; i < 2e5; i++) s = [i, s.length];
  await new Promise((resolve) => setTimeout(resolve, 1));
  return new Response("x");
}

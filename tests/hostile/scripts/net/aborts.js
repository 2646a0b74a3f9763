// Begins fetches and gives them up at once, over and over.
// outcome: exceeded-fetches | exceeded-cpu
// then: ok

export default async function (request, env) {
  for (;;) {
    const controller = new AbortController();
    const pending = fetch(env.ORIGIN + "/never", { signal: controller.signal });
    await null;
    controller.abort();
    try { await pending; } catch (error) { if (error !== controller.signal.reason) throw error; }
  }
}

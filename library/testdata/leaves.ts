// An app that tells which store it sees when its client leaves.
import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<string>();

export default {
  fetch(request: Request, _env: object, ctx: Context): Response {
    return storage.run("mine", () => {
      request.signal.addEventListener("abort", () => ctx.waitUntil(fetch(`http://told/${storage.getStore()}`)));
      const chunk = new Uint8Array(4096);
      return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }));
    });
  },
};

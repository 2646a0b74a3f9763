// An app whose answer says which store was seen where.
import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<string>();

export default {
  fetch(request: Request, _env: object, ctx: Context): Promise<Response> {
    return storage.run(new URL(request.url).pathname, async () => {
      const seen = [storage.getStore()];
      const response = await fetch("http://origin.example/");
      seen.push(storage.getStore());
      await response.text();
      ctx.waitUntil(
        new Promise<void>((resolve) => setTimeout(() => resolve(), 1)).then(() => {
          seen.push(storage.getStore());
        }),
      );
      const encoder = new TextEncoder();
      const body = new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          seen.push(storage.getStore());
          controller.enqueue(encoder.encode(seen.join(",")));
          controller.close();
        },
      });
      return new Response(body);
    });
  },
};

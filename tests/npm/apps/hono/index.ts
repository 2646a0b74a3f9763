import { Hono } from "hono";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { streamText } from "hono/streaming";

const app = new Hono<{ Bindings: { GREETING: string } }>();
app.use("*", cors(), etag());
app.get("/hello/:name", (c) => c.text(`Hello, ${c.req.param("name")}!`));
app.post("/sum", async (c) => c.json({ sum: (await c.req.json<number[]>()).reduce((a, b) => a + b, 0) }, 201));
app.get("/stream", (c) =>
  streamText(c, async (stream) => {
    for (const word of ["a", "b", "c"]) await stream.write(word);
  }),
);
app.onError((error, c) => c.text(`it broke: ${error.message}`, 500));
app.get("/broken", () => {
  throw new Error("on purpose");
});

export default app;

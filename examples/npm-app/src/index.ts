import { Hono } from "hono";
import { etag } from "hono/etag";

interface Env {
  SHOP: string;
}

const plants = [
  { id: "hornbeam", name: "Hornbeam", price: 4 },
  { id: "yew", name: "Yew", price: 9 },
  { id: "privet", name: "Privet", price: 3 },
];

const app = new Hono<{ Bindings: Env }>();

app.use("/plants/*", etag());
app.get("/", (c) => c.text(`Welcome to ${c.env.SHOP}. Try /plants, or /plants/yew.\n`));
app.get("/plants", (c) => c.json(plants));
app.get("/plants/:id", (c) => {
  const plant = plants.find((p) => p.id === c.req.param("id"));
  return plant ? c.json(plant) : c.notFound();
});
app.post("/orders", async (c) => {
  const order = await c.req.json<{ plant: string; count: number }>();
  const plant = plants.find((p) => p.id === order.plant);
  if (plant === undefined) return c.json({ error: `we have no ${order.plant}` }, 422);
  return c.json({ plant: plant.name, total: plant.price * order.count }, 201);
});

export default app;

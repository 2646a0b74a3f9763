import { z } from "zod";

const Order = z.object({
  plant: z.enum(["yew", "hornbeam"]),
  count: z.coerce.number().int().min(1).max(100),
  mail: z.email().optional(),
});

export default {
  async fetch(request: Request): Promise<Response> {
    const parsed = Order.safeParse(await request.json());
    if (parsed.success) return Response.json(parsed.data);
    return Response.json(parsed.error.issues.map(({ path, code }) => `${path.join(".")}: ${code}`), { status: 422 });
  },
};

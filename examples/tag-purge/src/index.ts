import { get, purgeTag, set } from "hedge:cache";

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const id = /^\/products\/(\d+)$/.exec(pathname)?.[1];
    if (id === undefined) return new Response("Try /products/7.\n", { status: 404 });
    if (request.method === "PUT") return setPrice(id, Number(searchParams.get("price")));
    return page(id);
  },
};

/** A page that the edge keeps for a day, or until something that it is about changes. Browsers ask each time. */
async function page(id: string): Promise<Response> {
  const text = `Product ${id}: ${(await get<number>(`price:${id}`)) ?? 10} euros. This was written at ${new Date().toISOString()}.\n`;
  return new Response(text, { headers: { "CDN-Cache-Control": "max-age=86400", "Cache-Control": "no-cache", "Cache-Tag": `products, product-${id}` } });
}

/** Changes a price, and so every page that it stands on. */
async function setPrice(id: string, price: number): Promise<Response> {
  if (!(price > 0)) return new Response("A price is more than 0.\n", { status: 400 });
  await set(`price:${id}`, price);
  await purgeTag(`product-${id}`);
  return new Response(null, { status: 204 });
}

import { get, getOrSet, increment } from "hedge:cache";

/** Where a visitor's part goes in the page that all of them share. */
const place = "<!-- basket -->";

export default {
  async fetch(request: Request): Promise<Response> {
    const visitor = visitorOf(request);
    if (request.method === "POST") return add(visitor ?? crypto.randomUUID());
    const page = await getOrSet("page", 60, makePage, { tags: ["shop"] });
    const [before, after] = page.split(place) as [string, string];
    return new Response(inOrder([before, basketOf(visitor), after]), {
      headers: { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "private, no-store" },
    });
  },
};

/** The page for everybody. It takes a second, as it comes out of databases, templates and other slow things. */
async function makePage(): Promise<string> {
  await sleep(1000);
  const things = ["Shears", "Gloves", "Yew, 60 cm"].map((name) => `<li>${name} <form method="post"><button>into the basket</button></form></li>`);
  return `<!doctype html><title>Shop</title><h1>Shop</h1><ul>${things.join("")}</ul><p>${place}</p><p>This page was made at ${new Date().toISOString()}.</p>\n`;
}

/** The part of one visitor, which takes a while too. */
async function basketOf(visitor: string | null): Promise<string> {
  if (visitor === null) return "Your basket is empty.";
  await sleep(300);
  return `Things in your basket: ${(await get<number>(`basket:${visitor}`)) ?? 0}.`;
}

/** A real shop keeps baskets where nothing has to make room. */
async function add(visitor: string): Promise<Response> {
  await increment(`basket:${visitor}`, 1, { ttl: 86400 });
  return new Response(null, { status: 303, headers: { Location: "/", "Set-Cookie": `visitor=${visitor}; Path=/; HttpOnly; SameSite=Lax` } });
}

function visitorOf(request: Request): string | null {
  return /(?:^|; )visitor=([\w-]{36})(?:;|$)/.exec(request.headers.get("Cookie") ?? "")?.[1] ?? null;
}

/** Sends texts one after the other, each as soon as it is there. */
function inOrder(parts: (string | Promise<string>)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async start(controller) {
      for (const part of parts) controller.enqueue(encoder.encode(await part));
      controller.close();
    },
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

interface Env {
  GREETING: string;
}

export default {
  fetch(request: Request, env: Env): Response {
    const url = new URL(request.url);
    const name = url.searchParams.get("name") ?? "world";
    if (url.pathname === "/json") return Response.json({ greeting: env.GREETING, name });
    return new Response(`${env.GREETING}, ${name}!\n`);
  },
};

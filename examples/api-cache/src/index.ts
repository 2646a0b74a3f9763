import { getOrSet } from "hedge:cache";

interface Env {
  /** The URL of an API that answers with JSON. Without it, the app plays one that is slow. */
  API?: string;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const city = new URL(request.url).searchParams.get("city") ?? "Berlin";
    try {
      // However many ask at once, the API is asked once, and not again for a minute.
      const weather = await getOrSet(`weather:${city}`, 60, () => ask(env, city), { staleWhileRevalidate: 600, staleIfError: 86400 });
      return Response.json(weather);
    } catch (error) {
      return Response.json({ error: `the weather is not to be had: ${(error as Error).message}` }, { status: 502 });
    }
  },
};

async function ask(env: Env, city: string): Promise<object> {
  if (env.API === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    return { city, degrees: 10 + (city.length % 15), asked: new Date().toISOString() };
  }
  const response = await fetch(`${env.API}?city=${encodeURIComponent(city)}`);
  if (!response.ok) throw new Error(`the API answers ${response.status}`);
  return response.json();
}

import { Image } from "hedge:image";
import { files } from "hedge:route";

const photos = files("photos");

export default {
  async fetch(request: Request, env: { FRIENDS: string }): Promise<Response> {
    const url = new URL(request.url);
    const photo = await photos(new Request(new URL(url.pathname, url)));
    if (!photo.ok) return photo;
    const image = new Image(photo).resize({ width: 800 });
    // Which of the two it is depends on these fields, and on nothing else.
    const headers = { "Cache-Control": "public, max-age=3600", Vary: "Sec-Fetch-Site, Referer" };
    if (isAtHome(request, url, env.FRIENDS.split(" "))) return image.jpeg().toResponse({ headers });
    const logo = new Image(await photos(new Request(new URL("/logo.png", url))));
    return image.overlay(logo, { gravity: "southeast", margin: 16, scale: 0.25, opacity: 0.8 }).jpeg().toResponse({ headers });
  },
};

/** Whether a picture is shown on our own site, or on a friend's. Browsers say so, and code on other sites cannot make them say otherwise. */
function isAtHome(request: Request, url: URL, friends: string[]): boolean {
  const site = request.headers.get("Sec-Fetch-Site");
  if (site === "same-origin" || site === "same-site") return true;
  const referer = request.headers.get("Referer");
  if (referer === null || !URL.canParse(referer)) return false;
  const { origin } = new URL(referer);
  // Without Sec-Fetch-Site, the browser is an old one, and Referer is all there is.
  return (site === null && origin === url.origin) || friends.includes(origin);
}

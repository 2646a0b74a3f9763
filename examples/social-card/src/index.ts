import { Image } from "hedge:image";
import { files } from "hedge:route";

const photos = files("photos");

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const title = url.searchParams.get("title")?.slice(0, 120) || "Hedge";
    const photo = await photos(new Request(new URL("/hills.jpg", url)));
    return new Image(photo)
      .resize({ width: 1200, height: 630, gravity: "south" })
      .brightness(0.6)
      .text(title, { bold: true, size: 72, color: "#fff", gravity: "west", margin: 80, width: 1000, shadow: { y: 3, blur: 6 } })
      .text("example.com", { size: 32, color: "#ffffffcc", gravity: "southwest", margin: 80 })
      .jpeg({ quality: 85, progressive: true })
      .toResponse({ headers: { "Cache-Control": "public, max-age=86400" } });
  },
};

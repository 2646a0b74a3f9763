// A chat. Everybody whose connection lives in the same isolate is in the same room.
import { page } from "./page";

interface Member {
  name: string;
  socket: WebSocket;
}

/** Lines longer than this are not passed on. */
const longest = 1000;

const room = new Set<Member>();
let visitors = 0;

function tell(from: string, text: string): void {
  const line = JSON.stringify({ from, text });
  for (const { socket } of room) {
    // Who does not read misses something, instead of making the isolate keep it all.
    if (socket.bufferedAmount < 64 * 1024) socket.send(line);
  }
}

function join(): Response {
  const { 0: client, 1: socket } = new WebSocketPair();
  const member = { name: `guest ${++visitors}`, socket };
  socket.accept();
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string" && data.length <= longest) tell(member.name, data);
    else socket.close(4000, `a line is text of at most ${longest} characters`);
  });
  socket.addEventListener("close", () => {
    room.delete(member);
    tell("", `${member.name} has left; ${room.size} here`);
  });
  room.add(member);
  tell("", `${member.name} is here; ${room.size} here`);
  return new Response(null, { status: 101, webSocket: client });
}

export default {
  fetch(request: Request): Response {
    if (new URL(request.url).pathname !== "/chat") return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
    if (request.headers.get("upgrade") !== "websocket") return new Response("This address speaks WebSocket.\n", { status: 426 });
    return join();
  },
};

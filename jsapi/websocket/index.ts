// WebSocket, WebSocketPair and their events.
import { defineGlobal } from "../core/webidl.ts";
import { CloseEvent } from "./events.ts";
import { WebSocket, WebSocketPair } from "./websocket.ts";

export { sockets } from "./websocket.ts";

/** Defines the globals. */
export function install(): void {
  defineGlobal("CloseEvent", CloseEvent);
  defineGlobal("WebSocket", WebSocket);
  defineGlobal("WebSocketPair", WebSocketPair);
}

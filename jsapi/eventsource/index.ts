// Server-sent events, as a global.
import { defineGlobal } from "../core/webidl.ts";
import { EventSource } from "./eventsource.ts";

/** Defines the global. */
export function install(): void {
  defineGlobal("EventSource", EventSource);
}

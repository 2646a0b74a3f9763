// MessageChannel and MessagePort.

import { defineGlobal } from "../core/webidl.ts";
import { connectPorts, MessageChannel, MessagePort } from "./port.ts";

/** Sets the globals. */
export function install(): void {
  connectPorts();
  defineGlobal("MessageChannel", MessageChannel);
  defineGlobal("MessagePort", MessagePort);
}

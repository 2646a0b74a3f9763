// MessageChannel and MessagePort.

import { defineGlobal } from "../core/webidl.ts";
import { connectStreams } from "./carrier.ts";
import { connectPorts, MessageChannel, MessagePort } from "./port.ts";

/** Sets the globals. */
export function install(): void {
  connectPorts();
  connectStreams();
  defineGlobal("MessageChannel", MessageChannel);
  defineGlobal("MessagePort", MessagePort);
}

// console, and the inspection of values for other parts of the runtime.

import { defineGlobal } from "../core/webidl.ts";
import { console } from "./console.ts";
import { captureInterfaces } from "./interfaces.ts";

export { type Level, setConsoleSink, type Sink } from "./console.ts";
export { inspect, type InspectOptions } from "./inspect.ts";

/** Sets the global. To be called when the interfaces that it shall know how to show are globals already. */
export function install(): void {
  captureInterfaces();
  defineGlobal("console", console);
}

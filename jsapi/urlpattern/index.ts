// URLPattern.

import { defineGlobal } from "../core/webidl.ts";
import { URLPattern } from "./urlpattern.ts";

/** Sets the global. */
export function install(): void {
  defineGlobal("URLPattern", URLPattern);
}

// structuredClone.

import { defineGlobalMember } from "../core/webidl.ts";
import { structuredClone } from "./clone.ts";

export { newCloneError } from "./clone.ts";

/** Sets the global. */
export function install(): void {
  defineGlobalMember("structuredClone", structuredClone);
}

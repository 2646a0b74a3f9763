// crypto.

import { defineGlobal, defineGlobalAccessor } from "../core/webidl.ts";
import { Crypto, crypto } from "./crypto.ts";

/** Sets the globals. */
export function install(): void {
  defineGlobal("Crypto", Crypto);
  defineGlobalAccessor("crypto", () => crypto);
}

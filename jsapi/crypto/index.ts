// crypto.

import { defineGlobal, defineGlobalAccessor } from "../core/webidl.ts";
import { Crypto, crypto } from "./crypto.ts";
import { CryptoKey } from "./key.ts";
import { SubtleCrypto } from "./subtle.ts";

export { newUUID } from "./crypto.ts";
export { cloneKey, CryptoKey, isCryptoKey } from "./key.ts";

/** Sets the globals. */
export function install(): void {
  defineGlobal("Crypto", Crypto);
  defineGlobal("CryptoKey", CryptoKey);
  defineGlobal("SubtleCrypto", SubtleCrypto);
  defineGlobalAccessor("crypto", () => crypto);
}

// URL and URLSearchParams, and what other parts of the runtime need of them.

import { defineGlobal } from "../core/webidl.ts";
import { URLSearchParams } from "./searchparams.ts";
import { URL } from "./url.ts";

export { apiOrigin, parseAPIURL } from "./base.ts";
export { originOf } from "./origin.ts";
export { parseURL } from "./parser.ts";
export { serializeURL, URLRecord } from "./record.ts";
export { searchParamsPairs, URLSearchParams } from "./searchparams.ts";
export { isURL, newURL, recordOf, URL } from "./url.ts";
export { type Pair, parseURLEncoded, serializeURLEncoded } from "./urlencoded.ts";

/** Sets the globals. */
export function install(): void {
  defineGlobal("URL", URL);
  defineGlobal("URLSearchParams", URLSearchParams);
}

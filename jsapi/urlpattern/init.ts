// URLPatternInit: https://urlpattern.spec.whatwg.org/#urlpatterninit-processing

import { ArrayPrototypeIncludes, StringPrototypeEndsWith, StringPrototypeLastIndexOf, StringPrototypeSlice, StringPrototypeStartsWith, TypeError } from "../core/primordials.ts";
import { dictionary, USVString } from "../core/webidl.ts";
import { parseURL, type URLRecord } from "../url/index.ts";
import * as canonical from "./canonical.ts";
import { escapePattern } from "./parts.ts";

export const componentNames = ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"] as const;
export type ComponentName = (typeof componentNames)[number];

export type Init = { [name in ComponentName | "baseURL"]?: string | undefined };
/** What the components are for: to be compiled, or to be matched. */
export type Purpose = "pattern" | "url";

const members = ["baseURL", "hash", "hostname", "password", "pathname", "port", "protocol", "search", "username"] as const;

/** Converts a value to the dictionary. */
export function toInit(value: unknown): Init {
  const given = dictionary(value, "The components of the pattern");
  const init = { __proto__: null } as Init;
  for (let i = 0; i < members.length; i++) {
    const member = given[members[i]!];
    if (member !== undefined) init[members[i]!] = USVString(member);
  }
  return init;
}

/** Adds what a base URL says, and brings components to be matched into their normal form. Throws a TypeError. */
export function processInit(init: Init, purpose: Purpose, defaults: string | undefined): Init {
  const result = { __proto__: null } as Init;
  for (let i = 0; i < componentNames.length; i++) result[componentNames[i]!] = defaults;
  const base = init.baseURL === undefined ? null : parseURL(init.baseURL);
  if (init.baseURL !== undefined && base === null) throw new TypeError(`'${init.baseURL}' is no URL`);
  if (base !== null) inherit(result, init, base, purpose);
  const isPattern = purpose === "pattern";
  if (init.protocol !== undefined) {
    const value = StringPrototypeEndsWith(init.protocol, ":") ? StringPrototypeSlice(init.protocol, 0, -1) : init.protocol;
    result.protocol = isPattern ? value : canonical.protocol(value);
  }
  const protocol = result.protocol ?? "";
  if (init.username !== undefined) result.username = isPattern ? init.username : canonical.username(init.username);
  if (init.password !== undefined) result.password = isPattern ? init.password : canonical.password(init.password);
  if (init.hostname !== undefined) result.hostname = isPattern ? init.hostname : canonical.hostname(init.hostname);
  if (init.port !== undefined) result.port = isPattern ? init.port : canonical.port(init.port, protocol);
  if (init.pathname !== undefined) result.pathname = processPathname(init.pathname, protocol, base, purpose);
  if (init.search !== undefined) {
    const value = StringPrototypeStartsWith(init.search, "?") ? StringPrototypeSlice(init.search, 1) : init.search;
    result.search = isPattern ? value : canonical.search(value);
  }
  if (init.hash !== undefined) {
    const value = StringPrototypeStartsWith(init.hash, "#") ? StringPrototypeSlice(init.hash, 1) : init.hash;
    result.hash = isPattern ? value : canonical.hash(value);
  }
  return result;
}

/** Takes components from a base URL, up to the first that the init has itself. */
function inherit(result: Init, init: Init, base: URLRecord, purpose: Purpose): void {
  const lacks = (...names: ComponentName[]): boolean => {
    for (let i = 0; i < names.length; i++) if (init[names[i]!] !== undefined) return false;
    return true;
  };
  const from = (text: string): string => (purpose === "pattern" ? escapePattern(text) : text);
  if (lacks("protocol")) result.protocol = from(base.scheme);
  if (purpose === "url" && lacks("protocol", "hostname", "port", "username")) {
    result.username = base.username;
    if (lacks("password")) result.password = base.password;
  }
  if (!lacks("protocol", "hostname")) return;
  result.hostname = from(base.hostname);
  if (!lacks("port")) return;
  result.port = base.port;
  if (!lacks("pathname")) return;
  result.pathname = from(base.pathname);
  if (!lacks("search")) return;
  result.search = from(base.query ?? "");
  if (!lacks("hash")) return;
  result.hash = from(base.fragment ?? "");
}

function processPathname(pathname: string, protocol: string, base: URLRecord | null, purpose: Purpose): string {
  let path = pathname;
  if (base !== null && !base.hasOpaquePath && !isAbsolute(path, purpose)) {
    const basePath = purpose === "pattern" ? escapePattern(base.pathname) : base.pathname;
    path = StringPrototypeSlice(basePath, 0, StringPrototypeLastIndexOf(basePath, "/") + 1) + path;
  }
  if (purpose === "pattern") return path;
  const isPlain = protocol === "" || ArrayPrototypeIncludes(canonical.specialSchemes, protocol);
  return isPlain ? canonical.pathname(path) : canonical.opaquePathname(path);
}

function isAbsolute(path: string, purpose: Purpose): boolean {
  if (StringPrototypeStartsWith(path, "/")) return true;
  return purpose === "pattern" && (StringPrototypeStartsWith(path, "\\/") || StringPrototypeStartsWith(path, "{/"));
}

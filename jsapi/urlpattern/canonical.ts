// The normal forms of a URL's components: https://urlpattern.spec.whatwg.org/#canon-encoding-callbacks

import { ArrayPrototypeIncludes, StringPrototypeCharCodeAt, StringPrototypeIncludes, StringPrototypeSlice, StringPrototypeStartsWith, StringPrototypeToLowerCase, TypeError } from "../core/primordials.ts";
import { parseURL, type URLRecord } from "../url/index.ts";
import { setHash, setHostname, setPassword, setPathname, setPort, setSearch, setUsername } from "../url/setters.ts";

export const specialSchemes: readonly string[] = ["http", "https", "ws", "wss", "ftp", "file"];

function dummy(scheme = "https"): URLRecord {
  return parseURL(`${scheme}://dummy.invalid/`)!;
}

function wrong(component: string, value: string): never {
  throw new TypeError(`'${value}' is no ${component}`);
}

export function protocol(value: string): string {
  if (value === "") return "";
  const record = parseURL(`${value}://dummy.invalid/`);
  if (record === null) wrong("protocol", value);
  return record.scheme;
}

export function username(value: string): string {
  return setUsername(dummy(), value).username;
}

export function password(value: string): string {
  return setPassword(dummy(), value).password;
}

export function hostname(value: string): string {
  if (value === "") return "";
  const before = dummy();
  const after = setHostname(before, value);
  if (after === before || (after.hostname === before.hostname && value !== before.hostname)) wrong("hostname", value);
  return after.hostname;
}

/** Of an IPv6 address, or a part of one. */
export function ipv6(value: string): string {
  for (let i = 0; i < value.length; i++) {
    if (!StringPrototypeIncludes("0123456789abcdefABCDEF[]:", value[i]!)) wrong("IPv6 address", value);
  }
  return StringPrototypeToLowerCase(value);
}

export function port(value: string, scheme = ""): string {
  if (value === "") return "";
  const isKnown = ArrayPrototypeIncludes(specialSchemes, scheme) && scheme !== "file";
  const before = setPort(dummy(isKnown ? scheme : "foo"), "1");
  const after = setPort(before, value);
  if (after.port === "1" && !startsWithDigits(value, "1")) wrong("port", value);
  return after.port;
}

/** Whether a port's digits are these, after zeros. */
function startsWithDigits(value: string, digits: string): boolean {
  let text = "";
  for (let i = 0; i < value.length; i++) {
    const unit = StringPrototypeCharCodeAt(value, i);
    if (unit === 0x09 || unit === 0x0a || unit === 0x0d) continue;
    if (unit < 0x30 || unit > 0x39) break;
    if (text !== "" || unit !== 0x30) text += value[i]!;
  }
  return text === digits;
}

/** Of a path of a special scheme, or of one that begins with a slash. */
export function pathname(value: string): string {
  if (value === "") return "";
  if (StringPrototypeStartsWith(value, "/")) return setPathname(dummy(), value).pathname;
  return StringPrototypeSlice(setPathname(dummy(), `/-${value}`).pathname, 2);
}

export function opaquePathname(value: string): string {
  if (value === "") return "";
  // What ends a path in a URL, or is dropped at the end of one, does not and is not here.
  let path = "";
  for (let i = 0; i < value.length; i++) path += value[i] === "?" ? "%3F" : value[i] === "#" ? "%23" : value[i]!;
  return StringPrototypeSlice(parseURL(`data:-${path}-`)!.pathname, 1, -1);
}

export function search(value: string): string {
  return value === "" ? "" : (setSearch(dummy(), `?${value}`).query ?? "");
}

export function hash(value: string): string {
  return value === "" ? "" : (setHash(dummy(), `#${value}`).fragment ?? "");
}

// The short way for URLs that are in normal form already: "http:" or "https:", no
// credentials, a host of plain labels, a path without dot segments, and not one
// character that parsing would remove, encode or replace. Such an input is its own
// serialisation. Whatever is unusual makes these functions return null, and the
// parser (parser.ts), which is right for everything, is asked instead.

import {
  StringPrototypeCharCodeAt,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  Uint8Array,
} from "../core/primordials.ts";
import { mayBeDotSegment } from "./dots.ts";
import { FRAGMENT, inSet, PATH, SPECIAL_QUERY } from "./percent.ts";
import { URLRecord } from "./record.ts";

const IN_HOST = 1;
const IN_PATH = 2;
const IN_QUERY = 4;
const IN_FRAGMENT = 8;
const CAPITAL = 16;
/** For each code below 256, the parts in which it stands as it is. */
const plain = new Uint8Array(256);

addPlain();

function addPlain(): void {
  const host = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  for (let i = 0; i < host.length; i++) plain[StringPrototypeCharCodeAt(host, i)] = IN_HOST;
  for (let code = 0x41; code <= 0x5a; code++) plain[code] = CAPITAL;
  for (let code = 0x21; code < 0x7f; code++) {
    if (!inSet(code, PATH) && code !== 0x5c) plain[code]! |= IN_PATH;
    if (!inSet(code, SPECIAL_QUERY)) plain[code]! |= IN_QUERY;
    if (!inSet(code, FRAGMENT)) plain[code]! |= IN_FRAGMENT;
  }
}

/** Parses an absolute URL in normal form, or returns null. */
export function parseSimple(input: string): URLRecord | null {
  const hostStart = startOfHost(input);
  if (hostStart < 0) return null;
  const hostEnd = endOfHost(input, hostStart, false);
  if (hostEnd < 0) return null;
  const pathStart = endOfPort(input, hostEnd, hostStart === 8 ? 443 : 80);
  if (pathStart < 0) return null;
  const text = pathStart === input.length ? `${input}/` : input;
  return parseTail(text, hostStart - 2, hostStart - 2, hostStart, hostEnd, pathStart);
}

/** Parses an absolute path in normal form against a base with a special scheme other than file, or returns null. */
export function parseSimplePath(input: string, base: URLRecord): URLRecord | null {
  if (StringPrototypeCharCodeAt(input, 0) !== 0x2f || StringPrototypeCharCodeAt(input, 1) === 0x2f) return null;
  if (!StringPrototypeStartsWith(base.href, "http")) return null;
  if (base.schemeEnd > 6 || !(base.schemeEnd === 5 || StringPrototypeCharCodeAt(base.href, 4) === 0x73)) return null;
  const text = StringPrototypeSlice(base.href, 0, base.pathStart) + input;
  return parseTail(text, base.schemeEnd, base.userEnd, base.hostStart, base.hostEnd, base.pathStart);
}

/** Parses path, query and fragment. */
function parseTail(
  text: string,
  schemeEnd: number,
  userEnd: number,
  hostStart: number,
  hostEnd: number,
  pathStart: number,
): URLRecord | null {
  const length = text.length;
  const queryStart = endOfPath(text, pathStart);
  if (queryStart < 0) return null;
  let fragmentStart = queryStart;
  if (queryStart < length && StringPrototypeCharCodeAt(text, queryStart) === 0x3f) {
    fragmentStart = endOfRun(text, queryStart + 1, IN_QUERY);
    if (fragmentStart < length && StringPrototypeCharCodeAt(text, fragmentStart) !== 0x23) return null;
  }
  if (fragmentStart < length && endOfRun(text, fragmentStart + 1, IN_FRAGMENT) < length) return null;
  return new URLRecord(text, schemeEnd, userEnd, hostStart, hostEnd, pathStart, queryStart, fragmentStart);
}

/** Where the host begins in an absolute URL of one of the schemes; or -1. */
export function startOfHost(text: string): number {
  if (StringPrototypeStartsWith(text, "https://")) return 8;
  return StringPrototypeStartsWith(text, "http://") ? 7 : -1;
}

/** The end of the host, or -1. No label may be empty, and the last not begin with a digit, as IPv4 addresses do. */
export function endOfHost(text: string, start: number, withCapitals: boolean): number {
  const part = withCapitals ? IN_HOST | CAPITAL : IN_HOST;
  const length = text.length;
  let labelStart = start;
  let i = start;
  for (; i < length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    if (code > 0xff || (plain[code]! & part) === 0) break;
    if (code === 0x2e) {
      if (i === labelStart) return -1;
      labelStart = i + 1;
    }
  }
  if (i === labelStart) return -1;
  const first = StringPrototypeCharCodeAt(text, labelStart);
  return first >= 0x30 && first <= 0x39 ? -1 : i;
}

/** The end of the port, if there is one, where a path begins or the text ends; or -1. */
export function endOfPort(text: string, start: number, defaultPort: number): number {
  const length = text.length;
  if (start === length) return start;
  const code = StringPrototypeCharCodeAt(text, start);
  if (code === 0x2f) return start;
  if (code !== 0x3a) return -1;
  let port = 0;
  let i = start + 1;
  for (; i < length; i++) {
    const digit = StringPrototypeCharCodeAt(text, i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) break;
    if (port === 0 && i > start + 1) return -1; // a leading zero
    port = port * 10 + digit;
    if (port > 0xffff) return -1;
  }
  if (i === start + 1 || port === defaultPort) return -1;
  return i === length || StringPrototypeCharCodeAt(text, i) === 0x2f ? i : -1;
}

/** The end of the path: "?", "#" or the length; or -1. */
function endOfPath(text: string, start: number): number {
  const length = text.length;
  for (let i = start; i < length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    if (code > 0xff || (plain[code]! & IN_PATH) === 0) return code === 0x3f || code === 0x23 ? i : -1;
    if (code === 0x2f && mayBeDotSegment(text, i + 1)) return -1;
  }
  return length;
}

/** The end of the run of characters that stand in a part as they are. */
function endOfRun(text: string, start: number, part: number): number {
  const length = text.length;
  let i = start;
  for (; i < length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    if (code > 0xff || (plain[code]! & part) === 0) break;
  }
  return i;
}

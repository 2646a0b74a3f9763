// Percent-encoding: https://url.spec.whatwg.org/#percent-encoded-bytes
// Both directions take one pass over the text, and none at all over memory when there is nothing to do.

import {
  Array,
  StringFromCharCode,
  StringPrototypeCharCodeAt,
  StringPrototypeCodePointAt,
  StringPrototypeSlice,
  Uint8Array,
} from "../core/primordials.ts";

const { utf8Decode } = __host;

/** The percent-encode sets, as bits. Each holds all of U+0000 to U+001F and everything from U+007F on. */
export const C0_CONTROL = 1;
export const FRAGMENT = 2;
export const QUERY = 4;
export const SPECIAL_QUERY = 8;
export const PATH = 16;
export const USERINFO = 32;
/** application/x-www-form-urlencoded, in which a space becomes "+". */
export const FORM = 64;

/** For each ASCII code, the sets that it is in. */
const sets = new Uint8Array(128);
/** "%00" to "%FF". */
const escapes: readonly string[] = makeEscapes();

addSets();

function addSets(): void {
  const query = ' "#<>';
  const path = `${query}?^\`{}`;
  const userinfo = `${path}/:;=@[\\]|`;
  add(FRAGMENT, ' "<>`');
  add(QUERY, query);
  add(SPECIAL_QUERY, `${query}'`);
  add(PATH, path);
  add(USERINFO, userinfo);
  // The component set, with what the form set adds to it.
  add(FORM, `${userinfo}$%&+,!'()~`);
  for (let code = 0; code < 0x20; code++) sets[code] = 0xff;
  sets[0x7f] = 0xff;
}

function add(set: number, members: string): void {
  for (let i = 0; i < members.length; i++) sets[StringPrototypeCharCodeAt(members, i)]! |= set;
}

function makeEscapes(): string[] {
  const digits = "0123456789ABCDEF";
  const list: string[] = new Array(256);
  for (let byte = 0; byte < 256; byte++) list[byte] = `%${digits[byte >> 4]}${digits[byte & 15]}`;
  return list;
}

/** Whether an ASCII code or any other code unit is in a set. */
export function inSet(code: number, set: number): boolean {
  return code > 0x7e || (sets[code]! & set) !== 0;
}

/** UTF-8 percent-encode a scalar value string using a set. */
export function percentEncode(text: string, set: number): string {
  const length = text.length;
  let i = 0;
  while (i < length && !inSet(StringPrototypeCharCodeAt(text, i), set)) i++;
  if (i === length) return text;

  let output = "";
  let kept = 0; // where the run starts that needs no encoding
  while (i < length) {
    const code = StringPrototypeCharCodeAt(text, i);
    if (!inSet(code, set)) {
      i++;
      continue;
    }
    if (kept < i) output += StringPrototypeSlice(text, kept, i);
    if (code < 0x80) {
      output += code === 0x20 && set === FORM ? "+" : escapes[code]!;
      i++;
    } else {
      const point = StringPrototypeCodePointAt(text, i)!;
      output += escapePoint(point);
      i += point > 0xffff ? 2 : 1;
    }
    kept = i;
  }
  return kept < length ? output + StringPrototypeSlice(text, kept, length) : output;
}

/** The percent-encoded UTF-8 of a code point from U+0080 on. */
function escapePoint(point: number): string {
  const last = escapes[0x80 | (point & 0x3f)]!;
  if (point < 0x800) return escapes[0xc0 | (point >> 6)]! + last;
  const middle = escapes[0x80 | ((point >> 6) & 0x3f)]!;
  if (point < 0x10000) return escapes[0xe0 | (point >> 12)]! + middle + last;
  return escapes[0xf0 | (point >> 18)]! + escapes[0x80 | ((point >> 12) & 0x3f)]! + middle + last;
}

/** The value of a hexadecimal digit, or -1. */
export function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The byte of the percent-encoded byte at a place in the text, or -1 when there is none. */
function escapedByte(text: string, at: number, end: number): number {
  if (at + 2 >= end || StringPrototypeCharCodeAt(text, at) !== 0x25) return -1;
  const high = hexValue(StringPrototypeCharCodeAt(text, at + 1));
  const low = hexValue(StringPrototypeCharCodeAt(text, at + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/**
 * Percent-decodes text[start, end) and decodes the bytes as UTF-8 without BOM handling.
 * With plus, "+" stands for a space.
 *
 * A run of percent-encoded bytes is decoded by itself: what surrounds it is whole
 * characters, which can neither complete nor continue a sequence of the run.
 */
export function percentDecode(text: string, start = 0, end = text.length, plus = false): string {
  let output = "";
  let kept = start;
  let i = start;
  while (i < end) {
    const code = StringPrototypeCharCodeAt(text, i);
    if (code === 0x2b && plus) {
      output += `${StringPrototypeSlice(text, kept, i)} `;
      kept = ++i;
      continue;
    }
    const byte = code === 0x25 ? escapedByte(text, i, end) : -1;
    if (byte < 0) {
      i++;
      continue;
    }
    output += StringPrototypeSlice(text, kept, i);
    if (byte < 0x80) {
      output += StringFromCharCode(byte);
      i += 3;
    } else {
      const runEnd = endOfRun(text, i, end);
      output += decodeRun(text, i, runEnd, end);
      i = runEnd;
    }
    kept = i;
  }
  return kept === start ? StringPrototypeSlice(text, start, end) : output + StringPrototypeSlice(text, kept, end);
}

/** The end of the run of percent-encoded bytes that starts here. */
function endOfRun(text: string, start: number, end: number): number {
  let i = start;
  while (escapedByte(text, i, end) >= 0) i += 3;
  return i;
}

function decodeRun(text: string, start: number, runEnd: number, end: number): string {
  const count = (runEnd - start) / 3;
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i++) bytes[i] = escapedByte(text, start + i * 3, end);
  return utf8Decode(bytes, 0, count);
}

// Host parsing: https://url.spec.whatwg.org/#host-parsing
// Hosts are kept in their serialised form, which is why parsers here return strings.

import {
  Array,
  ArrayPrototypeJoin,
  MathFloor,
  NumberPrototypeToString,
  StringPrototypeCharCodeAt,
  StringPrototypeIncludes,
  StringPrototypeIndexOf,
  StringPrototypeLastIndexOf,
  StringPrototypeSlice,
  StringPrototypeToLowerCase,
  Uint8Array,
} from "../core/primordials.ts";
import { C0_CONTROL, hexValue, percentDecode, percentEncode } from "./percent.ts";

const { domainToASCII } = __host;

const FORBIDDEN_HOST = 1;
const FORBIDDEN_DOMAIN = 2;
const forbidden = new Uint8Array(128);

addForbidden();

function addForbidden(): void {
  const host = "\0\t\n\r #/:<>?@[\\]^|";
  for (let code = 0; code < 0x20; code++) forbidden[code] = FORBIDDEN_DOMAIN;
  forbidden[0x25] = FORBIDDEN_DOMAIN;
  forbidden[0x7f] = FORBIDDEN_DOMAIN;
  for (let i = 0; i < host.length; i++) forbidden[StringPrototypeCharCodeAt(host, i)] = FORBIDDEN_HOST | FORBIDDEN_DOMAIN;
}

function hasForbidden(text: string, kind: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    if (code < 0x80 && (forbidden[code]! & kind) !== 0) return true;
  }
  return false;
}

/** The host parser and serializer in one. Returns null on failure. */
export function parseHost(input: string, isOpaque: boolean): string | null {
  if (StringPrototypeCharCodeAt(input, 0) === 0x5b) {
    if (StringPrototypeCharCodeAt(input, input.length - 1) !== 0x5d) return null;
    const pieces = parseIPv6(StringPrototypeSlice(input, 1, -1));
    return pieces === null ? null : `[${serializeIPv6(pieces)}]`;
  }
  if (isOpaque) return hasForbidden(input, FORBIDDEN_HOST) ? null : percentEncode(input, C0_CONTROL);
  const domain = parseDomain(StringPrototypeIncludes(input, "%") ? percentDecode(input) : input);
  if (domain === null) return null;
  return endsInNumber(domain) ? parseIPv4(domain) : domain;
}

/** The domain parser with beStrict false: what is ASCII is taken as it is, even when it is no valid Punycode. */
function parseDomain(domain: string): string | null {
  const result = isASCII(domain) ? StringPrototypeToLowerCase(domain) : domainToASCII(domain, false);
  if (result === undefined || result === "" || hasForbidden(result, FORBIDDEN_DOMAIN)) return null;
  return result;
}

function isASCII(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (StringPrototypeCharCodeAt(text, i) > 0x7f) return false;
  }
  return true;
}

// --- IPv4 -------------------------------------------------------------------

function endsInNumber(domain: string): boolean {
  const end = endWithoutDot(domain);
  const last = StringPrototypeSlice(domain, end === 0 ? 0 : StringPrototypeLastIndexOf(domain, ".", end - 1) + 1, end);
  return last !== "" && (isDigits(last) || !(parseIPv4Number(last) < 0));
}

/** The length of a domain without the one dot that may end it. */
function endWithoutDot(domain: string): number {
  const last = domain.length - 1;
  return StringPrototypeCharCodeAt(domain, last) === 0x2e ? last : last + 1;
}

function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** The IPv4 parser: the address in dotted decimal, or null. */
function parseIPv4(domain: string): string | null {
  const end = endWithoutDot(domain);
  const numbers: number[] = [];
  for (let start = 0; start <= end; ) {
    const dot = StringPrototypeIndexOf(domain, ".", start);
    const stop = dot < 0 || dot > end ? end : dot;
    const number = numbers.length < 4 ? parseIPv4Number(StringPrototypeSlice(domain, start, stop)) : -1;
    if (number < 0) return null;
    numbers[numbers.length] = number;
    start = stop + 1;
  }
  const last = numbers.length - 1;
  for (let i = 0; i < last; i++) {
    if (numbers[i]! > 255) return null;
  }
  let address = numbers[last]!;
  if (address >= 256 ** (4 - last)) return null;
  for (let i = 0; i < last; i++) address += numbers[i]! * 256 ** (3 - i);
  return `${MathFloor(address / 0x1000000)}.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`;
}

/** The IPv4 number parser: a number, exact up to the greatest of use, or -1 for failure. */
function parseIPv4Number(text: string): number {
  if (text === "") return -1;
  let radix = 10;
  let i = 0;
  if (text.length > 1 && StringPrototypeCharCodeAt(text, 0) === 0x30) {
    const isHex = (StringPrototypeCharCodeAt(text, 1) | 0x20) === 0x78;
    radix = isHex ? 16 : 8;
    i = isHex ? 2 : 1;
  }
  let value = 0;
  for (; i < text.length; i++) {
    const digit = hexValue(StringPrototypeCharCodeAt(text, i));
    if (digit < 0 || digit >= radix) return -1;
    value = value * radix + digit;
  }
  return value;
}

// --- IPv6 -------------------------------------------------------------------

/** The IPv6 parser: eight pieces, or null. */
function parseIPv6(input: string): number[] | null {
  const address = [0, 0, 0, 0, 0, 0, 0, 0];
  const length = input.length;
  let piece = 0;
  let compress = -1;
  let i = 0;
  if (codeAt(input, 0) === 0x3a) {
    if (codeAt(input, 1) !== 0x3a) return null;
    i = 2;
    compress = ++piece;
  }
  while (i < length) {
    if (piece === 8) return null;
    if (codeAt(input, i) === 0x3a) {
      if (compress >= 0) return null;
      i++;
      compress = ++piece;
      continue;
    }
    const start = i;
    let value = 0;
    for (let digit: number; i < start + 4 && (digit = hexValue(codeAt(input, i))) >= 0; i++) value = value * 16 + digit;
    const next = codeAt(input, i);
    if (next === 0x2e) {
      if (i === start || piece > 6 || !parseEmbeddedIPv4(input, start, address, piece)) return null;
      piece += 2;
      break;
    }
    if (next === 0x3a) {
      if (++i === length) return null;
    } else if (i < length) {
      return null;
    }
    address[piece++] = value;
  }
  if (compress >= 0) moveToEnd(address, compress, piece);
  else if (piece !== 8) return null;
  return address;
}

/** A code unit, or -1 at the end. */
function codeAt(text: string, i: number): number {
  return i < text.length ? StringPrototypeCharCodeAt(text, i) : -1;
}

/** Reads the rest of the input as dotted decimal into two pieces. */
function parseEmbeddedIPv4(input: string, start: number, address: number[], piece: number): boolean {
  let i = start;
  for (let seen = 0; seen < 4; seen++) {
    if (seen > 0 && codeAt(input, i++) !== 0x2e) return false;
    const first = i;
    let value = 0;
    for (let code = codeAt(input, i); code >= 0x30 && code <= 0x39; code = codeAt(input, ++i)) {
      if (i > first && value === 0) return false; // a leading zero
      value = value * 10 + code - 0x30;
      if (value > 255) return false;
    }
    if (i === first) return false;
    const place = piece + (seen >> 1);
    address[place] = address[place]! * 256 + value;
  }
  return i === input.length;
}

/** Moves the pieces after the compression to the end of the address. */
function moveToEnd(address: number[], compress: number, end: number): void {
  for (let from = end - 1, to = 7; from >= compress && from !== to; from--, to--) {
    address[to] = address[from]!;
    address[from] = 0;
  }
}

/** The IPv6 serializer, which compresses the first longest run of two or more zeros. */
function serializeIPv6(address: readonly number[]): string {
  let start = -1;
  let longest = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && address[i + run] === 0) run++;
    if (run > longest) {
      start = i;
      longest = run;
    }
    i += run;
  }
  if (start < 0) return hexPieces(address, 0, 8);
  return `${hexPieces(address, 0, start)}::${hexPieces(address, start + longest, 8)}`;
}

function hexPieces(address: readonly number[], start: number, end: number): string {
  const pieces: string[] = new Array(end - start);
  for (let i = start; i < end; i++) pieces[i - start] = NumberPrototypeToString(address[i]!, 16);
  return ArrayPrototypeJoin(pieces, ":");
}

// The encodings of several bytes, but for ISO-2022-JP: https://encoding.spec.whatwg.org/#legacy-multi-byte-chinese-(simplified)-encodings
// and the sections behind it. A decoder is a function that takes one character at a time.

import { TypedArrayPrototypeGetLength, TypedArrayPrototypeSubarray, Uint8Array } from "../core/primordials.ts";
import type { Decoder } from "./decoders.ts";
import {
  big5Trails,
  gb18030Ranges,
  indexBig5,
  indexEUCKR,
  indexGB18030,
  indexGB18030Ranges,
  indexJIS0208,
  indexJIS0212,
  jisCells,
  shiftJISTrails,
  wideTrails,
} from "./indexes.ts";

const { utf16Decode } = __host;

/** What stands at an index of bytes, which end at another: a result of one of the functions below. */
export type Step = (bytes: Uint8Array, at: number, end: number) => number;

// A result is a code point, or one of these, with how many bytes it takes in the lowest three bits.
const malformed = 0x110000;
const nothing = 0x110001;
const unfinished = 0x110002;
/** From here on it is a letter in the lowest eight bits, and above them a mark that combines with it. */
const combined = 0x200000;

/** A code point of so many bytes. */
export function take(codePoint: number, count: number): number {
  return codePoint * 8 + count;
}

/** An error of so many bytes; what follows them is looked at anew. */
export function fail(count: number): number {
  return take(malformed, count);
}

/** Bytes that stand for nothing, such as an escape sequence. */
export function skip(count: number): number {
  return take(nothing, count);
}

/** Bytes to which others belong, which have not come yet; an error of so many bytes, if none come. */
export function awaitMore(count: number): number {
  return take(unfinished, count);
}

/** Decodes the next bytes of a decoder's text. */
export function decodeMultiByte(step: Step, decoder: Decoder, bytes: Uint8Array<ArrayBuffer>, last: boolean): string {
  const end = TypedArrayPrototypeGetLength(bytes);
  const units = new Uint8Array(2 * end); // no byte makes more than one of UTF-16
  let filled = 0;
  const put = (unit: number): void => {
    units[filled++] = unit & 0xff;
    units[filled++] = unit >> 8;
  };
  for (let at = 0; at < end; ) {
    const taken = step(bytes, at, end);
    const code = taken >> 3;
    if (code === unfinished && !last) {
      decoder.keep(bytes, at);
      break;
    }
    at += taken & 7;
    if (code < 0x10000) {
      put(code);
    } else if (code < malformed) {
      put(0xd7c0 + (code >> 10));
      put(0xdc00 | (code & 0x3ff));
    } else if (code >= combined) {
      put(code & 0xff);
      put((code - combined) >> 8);
    } else if (code !== nothing) {
      if (decoder.fatal) decoder.fail();
      put(0xfffd);
    }
  }
  return utf16Decode(units, 0, filled);
}

/** The step of an encoding, or undefined if it has none. */
export function multiByteStep(encoding: string): Step | undefined {
  switch (encoding) {
    case "big5":
      return stepBig5;
    case "euc-jp":
      return stepEUCJP;
    case "euc-kr":
      return stepEUCKR;
    case "gb18030":
    case "gbk":
      return stepGB18030;
    case "shift_jis":
      return stepShiftJIS;
    default:
      return undefined;
  }
}

/** What a lead and a trail byte make: a code point, or an error, to which an ASCII byte does not belong. */
function takePair(codePoint: number, trail: number): number {
  if (codePoint !== 0) return take(codePoint, 2);
  return fail(trail < 0x80 ? 1 : 2);
}

function isIn(byte: number, first: number, last: number): boolean {
  return byte >= first && byte <= last;
}

function stepBig5(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return take(lead, 1);
  if (!isIn(lead, 0x81, 0xfe)) return fail(1);
  if (at + 1 === end) return awaitMore(1);
  const trail = bytes[at + 1]!;
  if (!isIn(trail, 0x40, 0x7e) && !isIn(trail, 0xa1, 0xfe)) return takePair(0, trail);
  const pointer = (lead - 0x81) * big5Trails + trail - (trail < 0x7f ? 0x40 : 0x62);
  switch (pointer) {
    case 1133:
      return take(combined + 0x0304_ca, 2);
    case 1135:
      return take(combined + 0x030c_ca, 2);
    case 1164:
      return take(combined + 0x0304_ea, 2);
    case 1166:
      return take(combined + 0x030c_ea, 2);
    default:
      return takePair(indexBig5()[pointer]!, trail);
  }
}

function stepEUCKR(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return take(lead, 1);
  if (!isIn(lead, 0x81, 0xfe)) return fail(1);
  if (at + 1 === end) return awaitMore(1);
  const trail = bytes[at + 1]!;
  if (!isIn(trail, 0x41, 0xfe)) return takePair(0, trail);
  return takePair(indexEUCKR()[(lead - 0x81) * wideTrails + trail - 0x41]!, trail);
}

function stepShiftJIS(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  if (lead <= 0x80) return take(lead, 1);
  if (isIn(lead, 0xa1, 0xdf)) return take(0xff61 - 0xa1 + lead, 1);
  if (lead === 0xa0 || lead > 0xfc) return fail(1);
  if (at + 1 === end) return awaitMore(1);
  const trail = bytes[at + 1]!;
  if (!isIn(trail, 0x40, 0x7e) && !isIn(trail, 0x80, 0xfc)) return takePair(0, trail);
  const pointer = (lead - (lead < 0xa0 ? 0x81 : 0xc1)) * shiftJISTrails + trail - (trail < 0x7f ? 0x40 : 0x41);
  if (isIn(pointer, 8836, 10715)) return take(0xe000 - 8836 + pointer, 2); // characters of users
  return takePair(indexJIS0208()[pointer]!, trail);
}

/** The code point of a row and a cell of JIS X 0208. */
export function jis0208(row: number, cell: number): number {
  return indexJIS0208()[row * jisCells + cell]!;
}

function stepEUCJP(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return take(lead, 1);
  if (lead !== 0x8e && lead !== 0x8f && !isIn(lead, 0xa1, 0xfe)) return fail(1);
  if (at + 1 === end) return awaitMore(1);
  const second = bytes[at + 1]!;
  if (lead === 0x8e && isIn(second, 0xa1, 0xdf)) return take(0xff61 - 0xa1 + second, 2);
  if (!isIn(second, 0xa1, 0xfe) || lead === 0x8e) return takePair(0, second);
  if (lead !== 0x8f) return takePair(jis0208(lead - 0xa1, second - 0xa1), second);
  if (at + 2 === end) return awaitMore(2);
  const third = bytes[at + 2]!;
  const codePoint = isIn(third, 0xa1, 0xfe) ? indexJIS0212()[(second - 0xa1) * jisCells + third - 0xa1]! : 0;
  if (codePoint !== 0) return take(codePoint, 3);
  return fail(third < 0x80 ? 2 : 3);
}

/** The decoder of gb18030, which is also that of GBK. */
function stepGB18030(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return take(first, 1);
  if (first === 0x80) return take(0x20ac, 1);
  if (first === 0xff) return fail(1);
  if (at + 1 === end) return awaitMore(1);
  const second = bytes[at + 1]!;
  if (isIn(second, 0x30, 0x39)) return fourBytes(TypedArrayPrototypeSubarray(bytes, at, end));
  if (!isIn(second, 0x40, 0x7e) && !isIn(second, 0x80, 0xfe)) return takePair(0, second);
  const pointer = (first - 0x81) * wideTrails + second - (second < 0x7f ? 0x40 : 0x41);
  return takePair(indexGB18030()[pointer]!, second);
}

/** What bytes begin with that begin as a character of four bytes does. */
function fourBytes(bytes: Uint8Array): number {
  const length = TypedArrayPrototypeGetLength(bytes);
  if (length === 2) return awaitMore(2);
  if (!isIn(bytes[2]!, 0x81, 0xfe)) return fail(1);
  if (length === 3) return awaitMore(3);
  if (!isIn(bytes[3]!, 0x30, 0x39)) return fail(1);
  const pointer = (bytes[0]! - 0x81) * 12600 + (bytes[1]! - 0x30) * 1260 + (bytes[2]! - 0x81) * 10 + bytes[3]! - 0x30;
  if (pointer < gb18030Ranges) return takeFour(indexGB18030Ranges()[pointer]!);
  return isIn(pointer, 189000, 1237575) ? take(0x10000 - 189000 + pointer, 4) : fail(4);
}

function takeFour(codePoint: number): number {
  return codePoint === 0 ? fail(4) : take(codePoint, 4);
}

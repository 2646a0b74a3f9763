// Base64: atob and btoa of HTML, forgiving-base64 of Infra.
// https://html.spec.whatwg.org/#atob, https://infra.spec.whatwg.org/#forgiving-base64

import {
  MathCeil,
  StringPrototypeCharCodeAt,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSubarray,
  Uint8Array,
} from "../core/primordials.ts";
import { DOMString, requireArguments } from "../core/webidl.ts";
import { DOMException } from "../events/domexception.ts";

const { latin1Decode, latin1EncodeInto } = __host;

const INVALID = 0xff;
const WHITESPACE = 0xfe;
const PADDING = 0x3d;

/** The code of each digit. */
const digits = new Uint8Array(64);
/** The value of each code, or WHITESPACE or INVALID. */
const values = new Uint8Array(256);

fillTables();

function fillTables(): void {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const whitespace = " \t\n\f\r";
  for (let code = 0; code < 256; code++) values[code] = INVALID;
  for (let i = 0; i < whitespace.length; i++) values[StringPrototypeCharCodeAt(whitespace, i)] = WHITESPACE;
  for (let i = 0; i < 64; i++) {
    digits[i] = StringPrototypeCharCodeAt(alphabet, i);
    values[digits[i]!] = i;
  }
}

/** Forgiving-base64 encode. */
export function encodeBase64(bytes: Uint8Array): string {
  const length = TypedArrayPrototypeGetLength(bytes);
  const output = new Uint8Array(MathCeil(length / 3) * 4);
  let at = 0;
  for (let i = 0; i < length; i += 3) {
    const first = bytes[i]!;
    const second = i + 1 < length ? bytes[i + 1]! : 0;
    const third = i + 2 < length ? bytes[i + 2]! : 0;
    output[at++] = digits[first >> 2]!;
    output[at++] = digits[((first & 3) << 4) | (second >> 4)]!;
    output[at++] = i + 1 < length ? digits[((second & 15) << 2) | (third >> 6)]! : PADDING;
    output[at++] = i + 2 < length ? digits[third & 63]! : PADDING;
  }
  return latin1Decode(output, 0, at);
}

/** Forgiving-base64 decode: the bytes, or null when the text is not valid. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  const codes = new Uint8Array(text.length);
  if (latin1EncodeInto(text, codes, 0) < 0) return null;
  const count = gatherDigits(codes);
  if (count < 0 || count % 4 === 1) return null;
  // Decoded in place: three bytes never overtake the four digits that they come from.
  let at = 0;
  for (let i = 0; i < count; i += 4) {
    const second = codes[i + 1]!;
    const third = i + 2 < count ? codes[i + 2]! : 0;
    const fourth = i + 3 < count ? codes[i + 3]! : 0;
    codes[at++] = (codes[i]! << 2) | (second >> 4);
    if (i + 2 < count) codes[at++] = (second << 4) | (third >> 2);
    if (i + 3 < count) codes[at++] = (third << 6) | fourth;
  }
  return TypedArrayPrototypeSubarray(codes, 0, at);
}

/** Puts the values of the digits at the beginning, and says how many there are; -1 when something else is in between. */
function gatherDigits(codes: Uint8Array): number {
  const length = TypedArrayPrototypeGetLength(codes);
  let count = 0;
  let padding = 0;
  for (let i = 0; i < length; i++) {
    const code = codes[i]!;
    const value = values[code]!;
    if (value === WHITESPACE) continue;
    if (code === PADDING) {
      padding++;
      continue;
    }
    if (value === INVALID || padding > 0) return -1;
    codes[count++] = value;
  }
  // Padding may be left away, but what is there has to fill up a group of four.
  return padding > 0 && (padding > 2 || (count + padding) % 4 !== 0) ? -1 : count;
}

/** The global btoa. */
export function btoa(data: unknown): string {
  requireArguments(arguments.length, 1, "btoa");
  const text = DOMString(data);
  const bytes = new Uint8Array(text.length);
  if (latin1EncodeInto(text, bytes, 0) < 0) {
    throw new DOMException("btoa: the string has a character above U+00FF", "InvalidCharacterError");
  }
  return encodeBase64(bytes);
}

/** The global atob. */
export function atob(data: unknown): string {
  requireArguments(arguments.length, 1, "atob");
  const bytes = decodeBase64(DOMString(data));
  if (bytes === null) throw new DOMException("atob: the string is not valid base64", "InvalidCharacterError");
  return latin1Decode(bytes, 0, TypedArrayPrototypeGetLength(bytes));
}

// Decoders: bytes to text, in chunks that may end in the middle of a character.
// https://encoding.spec.whatwg.org/ — the state of a decoder is the bytes of the
// character that the last chunk left incomplete.

import {
  StringPrototypeCharCodeAt,
  StringPrototypeIncludes,
  StringPrototypeIsWellFormed,
  StringPrototypeSlice,
  StringPrototypeToWellFormed,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice,
  TypeError,
  Uint8Array,
} from "../core/primordials.ts";
import { ISO2022JP } from "./iso2022jp.ts";
import { decodeMultiByte, multiByteStep } from "./multibyte.ts";
import { decodeSingleByte, singleByteTable } from "./singlebyte.ts";
import { decodeWindows1252 } from "./windows1252.ts";

const { utf8Decode, utf8Valid, utf16Decode } = __host;

/** Bytes that belong to one text. */
type Bytes = Uint8Array<ArrayBuffer>;

const none = new Uint8Array(0);

type DecodeChunk = (decoder: Decoder, bytes: Bytes, last: boolean) => string;

/** Decodes the chunks of one text after the other. */
export class Decoder {
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  readonly #decodeChunk: DecodeChunk;
  /** The bytes of an incomplete character, at most three. */
  #pending: Bytes = none;
  /** Whether the text has begun, so that what comes is no byte order mark any more. */
  #begun = false;

  /** Takes the name of an encoding, in lower case. */
  constructor(encoding: string, fatal: boolean, ignoreBOM: boolean) {
    this.encoding = encoding;
    this.fatal = fatal;
    this.ignoreBOM = ignoreBOM;
    this.#decodeChunk = decodeChunkOf(encoding);
  }

  /**
   * The text that bytes complete. The last chunk ends the text, and the next begins another.
   * Throws a TypeError for malformed input if fatal; the decoder then begins anew.
   */
  decode(bytes: Bytes, last: boolean): string {
    try {
      const text = this.#decodeChunk(this, this.#withPending(bytes), last);
      const begun = this.#begun;
      this.#begun = !last && (begun || text !== "");
      if (last) this.#pending = none;
      const hasMark = !begun && !this.ignoreBOM && StringPrototypeCharCodeAt(text, 0) === 0xfeff && this.encoding !== "gb18030";
      return hasMark ? StringPrototypeSlice(text, 1) : text;
    } catch (error) {
      this.#pending = none;
      this.#begun = false;
      throw error;
    }
  }

  /** Keeps the bytes from an index on for the next chunk. */
  keep(bytes: Bytes, from: number): void {
    this.#pending = TypedArrayPrototypeSlice(bytes, from);
  }

  fail(): never {
    throw new TypeError(`The encoded data was not valid ${this.encoding}`);
  }

  /** The bytes kept and those that follow them. */
  #withPending(bytes: Bytes): Bytes {
    const kept = TypedArrayPrototypeGetLength(this.#pending);
    if (kept === 0) return bytes;
    const joined = new Uint8Array(kept + TypedArrayPrototypeGetLength(bytes));
    TypedArrayPrototypeSet(joined, this.#pending);
    TypedArrayPrototypeSet(joined, bytes, kept);
    this.#pending = none;
    return joined;
  }
}

function decodeChunkOf(encoding: string): DecodeChunk {
  switch (encoding) {
    case "utf-8":
      return decodeUTF8;
    case "utf-16le":
      return decodeUTF16LE;
    case "utf-16be":
      return decodeUTF16BE;
    case "windows-1252":
      return (_decoder, bytes) => decodeWindows1252(bytes);
    case "iso-2022-jp":
      return decodeISO2022JP();
  }
  const step = multiByteStep(encoding);
  if (step !== undefined) return (decoder, bytes, last) => decodeMultiByte(step, decoder, bytes, last);
  return decodeByTable(singleByteTable(encoding)!);
}

function decodeByTable(table: string): DecodeChunk {
  return (decoder, bytes) => {
    const text = decodeSingleByte(bytes, table);
    if (decoder.fatal && StringPrototypeIncludes(text, "\ufffd")) decoder.fail();
    return text;
  };
}

function decodeISO2022JP(): DecodeChunk {
  let next = new ISO2022JP();
  return (decoder, bytes, last) => {
    const state = next;
    next = new ISO2022JP(); // what is left of a text that ends, or fails
    const text = decodeMultiByte((all, at, end) => state.step(all, at, end), decoder, bytes, last);
    if (!last) next = state;
    return text;
  };
}

function decodeUTF8(decoder: Decoder, bytes: Bytes, last: boolean): string {
  const length = TypedArrayPrototypeGetLength(bytes);
  const end = last ? length : endOfCompleteUTF8(bytes, length);
  if (decoder.fatal && !utf8Valid(bytes, 0, end)) decoder.fail();
  if (end < length) decoder.keep(bytes, end);
  return utf8Decode(bytes, 0, end);
}

/** Where a sequence begins that is well-formed so far, but ends too early; or the length. */
function endOfCompleteUTF8(bytes: Bytes, length: number): number {
  for (let start = length - 1; start >= 0 && start >= length - 3; start--) {
    const byte = bytes[start]!;
    if (byte >= 0x80 && byte < 0xc0) continue;
    const needed = byte < 0xc2 || byte > 0xf4 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    const isIncomplete = length - start < needed && (start + 1 === length || mayFollow(byte, bytes[start + 1]!));
    return isIncomplete ? start : length;
  }
  return length;
}

/** Whether a continuation byte may be the second of a sequence: not for overlong forms, surrogates and what is above U+10FFFF. */
function mayFollow(lead: number, second: number): boolean {
  switch (lead) {
    case 0xe0:
      return second >= 0xa0;
    case 0xed:
      return second < 0xa0;
    case 0xf0:
      return second >= 0x90;
    case 0xf4:
      return second < 0x90;
    default:
      return true;
  }
}

function decodeUTF16LE(decoder: Decoder, bytes: Bytes, last: boolean): string {
  return decodeUTF16(decoder, bytes, bytes, last);
}

function decodeUTF16BE(decoder: Decoder, bytes: Bytes, last: boolean): string {
  const swapped = new Uint8Array(TypedArrayPrototypeGetLength(bytes));
  for (let i = 1; i < TypedArrayPrototypeGetLength(bytes); i += 2) {
    swapped[i - 1] = bytes[i]!;
    swapped[i] = bytes[i - 1]!;
  }
  return decodeUTF16(decoder, bytes, swapped, last);
}

/** Decodes bytes, which are given in little endian as well. */
function decodeUTF16(decoder: Decoder, bytes: Bytes, littleEndian: Bytes, last: boolean): string {
  const length = TypedArrayPrototypeGetLength(bytes);
  let end = length - (length % 2);
  let text = utf16Decode(littleEndian, 0, end);
  const endsOpen = end > 0 && (StringPrototypeCharCodeAt(text, text.length - 1) & 0xfc00) === 0xd800;
  if (!last) {
    if (endsOpen) {
      end -= 2;
      text = StringPrototypeSlice(text, 0, -1);
    }
    if (end < length) decoder.keep(bytes, end);
  } else if (end < length) {
    if (decoder.fatal) decoder.fail();
    // A lead surrogate and half a code unit after it are one error.
    if (!endsOpen) text += "\ufffd";
  }
  if (decoder.fatal && !StringPrototypeIsWellFormed(text)) decoder.fail();
  return StringPrototypeToWellFormed(text);
}

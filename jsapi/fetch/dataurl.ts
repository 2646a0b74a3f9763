// fetch of data: URLs (Fetch §6, "data: URL processor").
import {
  StringPrototypeCharCodeAt,
  StringPrototypeEndsWith,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  StringPrototypeToLowerCase,
  TypedArrayPrototypeSubarray,
  Uint8Array,
} from "../core/primordials.ts";
import { decodeBase64 } from "../encoding/base64.ts";
import { hexValue } from "../url/percent.ts";
import { parseMIMEType, serializeMIMEType } from "./mime.ts";

const { latin1Decode } = __host;

/** What a data: URL holds. */
export interface DataURL {
  /** Its Content-Type. */
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Takes a data: URL, serialized, apart; null if it is malformed. */
export function parseDataURL(url: string): DataURL | null {
  const fragment = StringPrototypeIndexOf(url, "#");
  const input = StringPrototypeSlice(url, 5, fragment < 0 ? url.length : fragment);
  const comma = StringPrototypeIndexOf(input, ",");
  if (comma < 0) return null;
  let type = trimSpaces(StringPrototypeSlice(input, 0, comma));
  const text = StringPrototypeSlice(input, comma + 1);
  const head = withoutBase64(type);
  if (head !== null) type = head;
  const bytes = head === null ? percentDecodeBytes(text) : decodeBase64(decodedText(text));
  if (bytes === null) return null;
  if (StringPrototypeStartsWith(type, ";")) type = `text/plain${type}`;
  const parsed = parseMIMEType(type);
  return { type: parsed === null ? "text/plain;charset=US-ASCII" : serializeMIMEType(parsed), bytes };
}

/** What comes before ";base64" at the end, or null if that is not there. */
function withoutBase64(type: string): string | null {
  if (!StringPrototypeEndsWith(StringPrototypeToLowerCase(type), "base64")) return null;
  let end = type.length - 6;
  while (end > 0 && StringPrototypeCharCodeAt(type, end - 1) === 0x20) end--;
  return StringPrototypeCharCodeAt(type, end - 1) === 0x3b ? StringPrototypeSlice(type, 0, end - 1) : null;
}

/** Without ASCII whitespace around it; of that, a serialized URL holds spaces alone. */
function trimSpaces(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && StringPrototypeCharCodeAt(text, from) === 0x20) from++;
  while (to > from && StringPrototypeCharCodeAt(text, to - 1) === 0x20) to--;
  return StringPrototypeSlice(text, from, to);
}

function decodedText(text: string): string {
  const bytes = percentDecodeBytes(text);
  return latin1Decode(bytes, 0, bytes.length);
}

/** URL "percent-decode"; a serialized URL is ASCII. */
function percentDecodeBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    const high = unit === 0x25 && i + 2 < text.length ? hexValue(StringPrototypeCharCodeAt(text, i + 1)) : -1;
    const low = high < 0 ? -1 : hexValue(StringPrototypeCharCodeAt(text, i + 2));
    bytes[length++] = low < 0 ? unit : high * 16 + low;
    if (low >= 0) i += 2;
  }
  return TypedArrayPrototypeSubarray(bytes, 0, length);
}

// The multipart/form-data encoding algorithm (HTML, "Multipart form data"; RFC 7578).

import {
  NumberPrototypeToString,
  StringPrototypeCharCodeAt,
  StringPrototypePadStart,
  StringPrototypeSlice,
  Uint8Array,
} from "../core/primordials.ts";
import { blobParts, blobType, fileFacts, newBlob, type Blob } from "./blob.ts";
import { lengthOf, type Bytes } from "./bytes.ts";
import { formDataEntries, type FormData } from "./formdata.ts";

const { randomFill, utf8Encode } = __host;

const CR = 0x0d;
const LF = 0x0a;

/** A form as a request or response body and the Content-Type that goes with it. Files' bytes are shared, not copied. */
export function encodeMultipart(form: FormData): { contentType: string; body: Blob } {
  const boundary = newBoundary();
  const entries = formDataEntries(form);
  const parts: Bytes[] = [];
  let text = "";
  for (let i = 0; i < entries.length; i++) {
    const name = entries[i]![0];
    const value = entries[i]![1];
    text += `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(normalizeNewlines(name))}"`;
    if (typeof value === "string") {
      text += `\r\n\r\n${normalizeNewlines(value)}\r\n`;
      continue;
    }
    const type = blobType(value) || "application/octet-stream";
    text += `; filename="${escapeName(fileFacts(value).name)}"\r\nContent-Type: ${type}\r\n\r\n`;
    parts[parts.length] = utf8Encode(text);
    appendAll(parts, blobParts(value));
    text = "\r\n";
  }
  parts[parts.length] = utf8Encode(`${text}--${boundary}--\r\n`);
  const contentType = `multipart/form-data; boundary=${boundary}`;
  return { contentType, body: newBlob(parts, contentType) };
}

/** A boundary with 128 random bits: no content can guess it. */
function newBoundary(): string {
  const random = new Uint8Array(16);
  randomFill(random);
  let boundary = "----formdata-";
  for (let i = 0; i < lengthOf(random); i++) {
    boundary += StringPrototypePadStart(NumberPrototypeToString(random[i]!, 16), 2, "0");
  }
  return boundary;
}

function appendAll(list: Bytes[], more: readonly Bytes[]): void {
  for (let i = 0; i < more.length; i++) list[list.length] = more[i]!;
}

/** Makes every CR, LF and CRLF a CRLF. */
function normalizeNewlines(text: string): string {
  let result = "";
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    if (unit !== CR && unit !== LF) continue;
    result += StringPrototypeSlice(text, start, i) + "\r\n";
    if (unit === CR && i + 1 < text.length && StringPrototypeCharCodeAt(text, i + 1) === LF) i++;
    start = i + 1;
  }
  return start === 0 ? text : result + StringPrototypeSlice(text, start);
}

/** Escapes what would end a quoted name: CR, LF and the quotation mark. */
function escapeName(name: string): string {
  let result = "";
  let start = 0;
  for (let i = 0; i < name.length; i++) {
    const escaped = escapeUnit(StringPrototypeCharCodeAt(name, i));
    if (escaped === undefined) continue;
    result += StringPrototypeSlice(name, start, i) + escaped;
    start = i + 1;
  }
  return start === 0 ? name : result + StringPrototypeSlice(name, start);
}

function escapeUnit(unit: number): string | undefined {
  if (unit === LF) return "%0A";
  if (unit === CR) return "%0D";
  return unit === 0x22 ? "%22" : undefined;
}

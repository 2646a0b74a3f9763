// MIME types: https://mimesniff.spec.whatwg.org/ §4, and Fetch "extract a MIME type".
import {
  SafeMap,
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeToLowerCase,
} from "../core/primordials.ts";
import { isToken } from "../core/token.ts";

/** A MIME type, or media type. */
export interface MIMEType {
  /** "type/subtype", in lower case. */
  essence: string;
  /** Names are in lower case. */
  parameters: InstanceType<typeof SafeMap<string, string>>;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function isHTTPSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0x0d;
}

/** Whether text may stand in a quoted string. */
function isQuotable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    if ((unit < 0x20 && unit !== 0x09) || unit === 0x7f || unit > 0xff) return false;
  }
  return true;
}

/** Where HTTP whitespace that begins at a place ends. */
function skipSpace(text: string, at: number): number {
  while (at < text.length && isHTTPSpace(StringPrototypeCharCodeAt(text, at))) at++;
  return at;
}

/** text[from, to) without the HTTP whitespace at its end. */
function trimEnd(text: string, from: number, to: number): string {
  while (to > from && isHTTPSpace(StringPrototypeCharCodeAt(text, to - 1))) to--;
  return StringPrototypeSlice(text, from, to);
}

function indexOrEnd(text: string, what: string, from: number): number {
  const at = StringPrototypeIndexOf(text, what, from);
  return at < 0 ? text.length : at;
}

/** Parses a MIME type; null if it is none. */
export function parseMIMEType(input: string): MIMEType | null {
  const text = trimEnd(input, skipSpace(input, 0), input.length);
  const slash = StringPrototypeIndexOf(text, "/");
  if (slash < 0) return null;
  const end = indexOrEnd(text, ";", slash);
  const type = StringPrototypeSlice(text, 0, slash);
  const subtype = trimEnd(text, slash + 1, end);
  if (!isToken(type) || !isToken(subtype)) return null;
  const parameters = new SafeMap<string, string>();
  parseParameters(text, end + 1, parameters);
  return { essence: StringPrototypeToLowerCase(`${type}/${subtype}`), parameters };
}

function parseParameters(text: string, start: number, into: MIMEType["parameters"]): void {
  let at = start;
  while (at < text.length) {
    at = skipSpace(text, at);
    const semicolon = indexOrEnd(text, ";", at);
    const equals = indexOrEnd(text, "=", at);
    if (equals >= semicolon) {
      at = semicolon + 1;
      continue;
    }
    const name = StringPrototypeToLowerCase(StringPrototypeSlice(text, at, equals));
    let value: string;
    if (StringPrototypeCharCodeAt(text, equals + 1) === QUOTE) {
      const quoted = parseQuoted(text, equals + 1);
      value = quoted.value;
      at = indexOrEnd(text, ";", quoted.end) + 1;
    } else {
      at = semicolon + 1;
      value = trimEnd(text, equals + 1, semicolon);
      if (value === "") continue;
    }
    if (isToken(name) && isQuotable(value) && !into.has(name)) into.set(name, value);
  }
}

/** Fetch "collect an HTTP quoted string", with the value extracted; text[start] is the quote. */
function parseQuoted(text: string, start: number): { value: string; end: number } {
  let value = "";
  let at = start + 1;
  let kept = at;
  for (; at < text.length; at++) {
    const unit = StringPrototypeCharCodeAt(text, at);
    if (unit === QUOTE) break;
    // A backslash at the very end stands for itself.
    if (unit !== BACKSLASH || at + 1 === text.length) continue;
    value += StringPrototypeSlice(text, kept, at);
    kept = ++at;
  }
  return { value: value + StringPrototypeSlice(text, kept, at), end: at + 1 };
}

/** The MIME type as text. */
export function serializeMIMEType(type: MIMEType): string {
  let text = type.essence;
  type.parameters.forEach((value, name) => {
    text += `;${name}=${isToken(value) ? value : quote(value)}`;
  });
  return text;
}

function quote(value: string): string {
  let text = '"';
  let kept = 0;
  for (let i = 0; i < value.length; i++) {
    const unit = StringPrototypeCharCodeAt(value, i);
    if (unit !== QUOTE && unit !== BACKSLASH) continue;
    text += `${StringPrototypeSlice(value, kept, i)}\\`;
    kept = i;
  }
  return `${text}${StringPrototypeSlice(value, kept)}"`;
}

/** Fetch "extract a MIME type": the one that the joined values of Content-Type stand for, or null. */
export function extractMIMEType(contentType: string | null): MIMEType | null {
  if (contentType === null) return null;
  let charset: string | undefined;
  let result: MIMEType | null = null;
  for (let at = 0; at <= contentType.length; ) {
    const end = endOfValue(contentType, at);
    const found = parseMIMEType(StringPrototypeSlice(contentType, at, end));
    at = end + 1;
    if (found === null || found.essence === "*/*") continue;
    if (found.essence !== result?.essence) charset = found.parameters.get("charset");
    else if (charset !== undefined && !found.parameters.has("charset")) found.parameters.set("charset", charset);
    result = found;
  }
  return result;
}

/** Where the value that begins here ends: at a comma outside of quotes. */
function endOfValue(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const unit = StringPrototypeCharCodeAt(text, at);
    if (unit === 0x2c) return at;
    if (unit === QUOTE) at = parseQuoted(text, at).end - 1;
  }
  return text.length;
}

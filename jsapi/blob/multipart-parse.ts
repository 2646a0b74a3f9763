// Reading multipart/form-data: RFC 7578 on top of RFC 2046, section 5.1, with
// names escaped as HTML escapes them. Every byte is looked at a bounded number
// of times.

import {
  StringFromCharCode,
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeToLowerCase,
  TypedArrayPrototypeIndexOf,
  TypeError,
} from "../core/primordials.ts";
import { isTokenUnit } from "../core/token.ts";
import { newFile, normalizeType } from "./blob.ts";
import { lengthOf, viewOf, type Bytes } from "./bytes.ts";
import { appendEntry, FormData } from "./formdata.ts";

const { latin1Decode, utf8Decode, utf8Encode } = __host;

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

/** The headers of a part that matter. */
interface Part {
  name: string | undefined;
  filename: string | undefined;
  type: string | undefined;
}

/**
 * The form in a body, whose Content-Type gave the boundary. The form's files
 * are views of bytes, which nobody may write to afterwards. A TypeError, with
 * the offset, when the body is malformed. As RFC 2046 demands, what precedes
 * the first boundary and follows the last is ignored, as are blanks after one.
 */
export function parseMultipart(bytes: Bytes, boundary: string): FormData {
  checkBoundary(boundary);
  return new Parser(bytes, utf8Encode(`\r\n--${boundary}`)).parse();
}

/** Boundaries are visible ASCII (RFC 2046, bchars), which find() below relies on: they cannot hold a CR. */
function checkBoundary(boundary: string): void {
  if (boundary.length === 0) throw new TypeError("multipart/form-data: the boundary is empty");
  for (let i = 0; i < boundary.length; i++) {
    const unit = StringPrototypeCharCodeAt(boundary, i);
    if (unit < SPACE || unit > 0x7e) throw new TypeError("multipart/form-data: the boundary is not visible ASCII");
  }
}

class Parser {
  #bytes: Bytes;
  #size: number;
  /** CRLF "--" boundary. */
  #delimiter: Bytes;
  #at = 0;

  constructor(bytes: Bytes, delimiter: Bytes) {
    this.#bytes = bytes;
    this.#size = lengthOf(bytes);
    this.#delimiter = delimiter;
  }

  parse(): FormData {
    const form = new FormData();
    this.#skipPreamble();
    while (!this.#atClose()) {
      this.#skipBlanks();
      this.#expectCRLF("after a boundary");
      const part = this.#headers();
      const start = this.#at;
      // From two bytes before: the empty line's CRLF may be that of the next boundary, when there is no body.
      const end = this.#find(start - 2);
      if (end < 0) this.#fail("there is no closing boundary");
      this.#append(form, part, start, end < start ? start : end);
      this.#at = end + lengthOf(this.#delimiter);
    }
    return form;
  }

  /** Goes behind the first boundary, which begins the body or a line of it. */
  #skipPreamble(): void {
    const length = lengthOf(this.#delimiter);
    if (this.#matches(2, 0)) {
      this.#at = length - 2;
      return;
    }
    const found = this.#find(0);
    if (found < 0) this.#fail("the boundary does not occur");
    this.#at = found + length;
  }

  /** Whether the boundary just read is the closing one; what follows it is checked up to the end of its line. */
  #atClose(): boolean {
    const bytes = this.#bytes;
    if (bytes[this.#at] !== DASH || bytes[this.#at + 1] !== DASH) return false;
    this.#at += 2;
    this.#skipBlanks();
    if (this.#at < this.#size) this.#expectCRLF("after the closing boundary");
    return true;
  }

  #append(form: FormData, part: Part, start: number, end: number): void {
    if (part.name === undefined) this.#fail("a part has no name");
    if (part.filename === undefined) {
      appendEntry(form, part.name, utf8Decode(this.#bytes, start, end));
      return;
    }
    const parts = start === end ? [] : [viewOf(this.#bytes, start, end)];
    appendEntry(form, part.name, newFile(parts, part.filename, normalizeType(part.type ?? "text/plain")));
  }

  /** Reads header lines and the empty line which ends them. */
  #headers(): Part {
    const part: Part = { name: undefined, filename: undefined, type: undefined };
    while (this.#bytes[this.#at] !== CR) {
      const name = StringPrototypeToLowerCase(this.#token("a header's name"));
      this.#expect(COLON, "after a header's name");
      this.#skipBlanks();
      const start = this.#at;
      const end = this.#lineEnd();
      if (name === "content-disposition") {
        if (part.name !== undefined) this.#fail("a part has two Content-Disposition headers");
        this.#disposition(part, end);
      } else if (name === "content-type") {
        part.type = latin1Decode(this.#bytes, start, this.#trimmed(start, end));
      }
      this.#at = end;
      this.#expectCRLF("at the end of a header");
    }
    this.#expectCRLF("after the headers");
    return part;
  }

  /** Content-Disposition: form-data, and its parameters in any order; those not known are ignored (RFC 7578, 4.2). */
  #disposition(part: Part, end: number): void {
    if (StringPrototypeToLowerCase(this.#token("the disposition")) !== "form-data") {
      this.#fail("a part's disposition is not form-data");
    }
    for (;;) {
      this.#skipBlanks();
      if (this.#at === end) break;
      this.#expect(SEMICOLON, "before a parameter");
      this.#skipBlanks();
      const key = StringPrototypeToLowerCase(this.#token("a parameter's name"));
      this.#expect(EQUALS, "after a parameter's name");
      const value = this.#parameterValue(end);
      if (key === "name") {
        if (part.name !== undefined) this.#fail("a part has two names");
        part.name = value;
      } else if (key === "filename") {
        if (part.filename !== undefined) this.#fail("a part has two file names");
        part.filename = value;
      }
    }
    if (part.name === undefined) this.#fail("a part has no name");
  }

  #parameterValue(end: number): string {
    const bytes = this.#bytes;
    if (bytes[this.#at] !== QUOTE) return unescapeName(this.#token("a parameter's value"));
    const start = ++this.#at;
    while (this.#at < end && bytes[this.#at] !== QUOTE) this.#at++;
    if (this.#at === end) this.#fail("a quoted parameter does not end");
    return unescapeName(utf8Decode(bytes, start, this.#at++));
  }

  #token(what: string): string {
    const start = this.#at;
    while (this.#at < this.#size && isTokenUnit(this.#bytes[this.#at]!)) this.#at++;
    if (this.#at === start) this.#fail(`${what} is missing`);
    return latin1Decode(this.#bytes, start, this.#at);
  }

  #skipBlanks(): void {
    while (this.#bytes[this.#at] === SPACE || this.#bytes[this.#at] === TAB) this.#at++;
  }

  /** The offset of the next CR or LF, or of the end. */
  #lineEnd(): number {
    const bytes = this.#bytes;
    let end = this.#at;
    while (end < this.#size && bytes[end] !== CR && bytes[end] !== LF) end++;
    return end;
  }

  #trimmed(start: number, end: number): number {
    const bytes = this.#bytes;
    while (end > start && (bytes[end - 1] === SPACE || bytes[end - 1] === TAB)) end--;
    return end;
  }

  #expect(byte: number, where: string): void {
    if (this.#bytes[this.#at] !== byte) this.#fail(`"${StringFromCharCode(byte)}" is missing ${where}`);
    this.#at++;
  }

  #expectCRLF(where: string): void {
    if (this.#bytes[this.#at] !== CR || this.#bytes[this.#at + 1] !== LF) this.#fail(`CRLF is missing ${where}`);
    this.#at += 2;
  }

  /**
   * The offset of the next delimiter at or after from, or -1. Only its first
   * byte is a CR, so that a partial match never has to be gone back into.
   */
  #find(from: number): number {
    let at = TypedArrayPrototypeIndexOf(this.#bytes, CR, from);
    while (at >= 0 && !this.#matches(0, at)) at = TypedArrayPrototypeIndexOf(this.#bytes, CR, at + 1);
    return at;
  }

  /** Whether the delimiter from its index skip on stands at an offset of the bytes. */
  #matches(skip: number, offset: number): boolean {
    const length = lengthOf(this.#delimiter);
    for (let i = skip; i < length; i++) {
      if (this.#bytes[offset + i - skip] !== this.#delimiter[i]) return false;
    }
    return true;
  }

  #fail(what: string): never {
    throw new TypeError(`multipart/form-data: ${what} (at byte ${this.#at})`);
  }
}

/** Undoes what HTML escapes in names, and nothing else: %0A, %0D and %22. */
function unescapeName(name: string): string {
  let result = "";
  let start = 0;
  let at = StringPrototypeIndexOf(name, "%");
  while (at >= 0) {
    const plain = unescapeTriple(StringPrototypeSlice(name, at, at + 3));
    if (plain !== undefined) {
      result += StringPrototypeSlice(name, start, at) + plain;
      start = at + 3;
    }
    at = StringPrototypeIndexOf(name, "%", at + 1);
  }
  return start === 0 ? name : result + StringPrototypeSlice(name, start);
}

function unescapeTriple(triple: string): string | undefined {
  if (triple === "%0A") return "\n";
  if (triple === "%0D") return "\r";
  return triple === "%22" ? '"' : undefined;
}

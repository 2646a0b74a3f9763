// The basic URL parser: https://url.spec.whatwg.org/#concept-basic-url-parser
//
// The standard's state machine looks at one code point at a time. Here each state is
// a method that takes the whole run which the state would have gathered in its buffer
// and goes on to the next state, so that every part is cut out once; what is decided
// is the same. A position is an index of the input's next code unit.
//
// With a state override (for the setters, see setters.ts) the same methods change the
// parts of an existing URL. A method returns false for failure; what it has changed until
// then stays changed, as in the standard.

import {
  ArrayPrototypeJoin,
  StringPrototypeCharCodeAt,
  StringPrototypeEndsWith,
  StringPrototypeIndexOf,
  StringPrototypeLastIndexOf,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  StringPrototypeToLowerCase,
  StringPrototypeToWellFormed,
} from "../core/primordials.ts";
import { countDots } from "./dots.ts";
import { parseHost } from "./host.ts";
import { parseMended } from "./mended.ts";
import { C0_CONTROL, FRAGMENT, PATH, percentEncode, QUERY, SPECIAL_QUERY, USERINFO } from "./percent.ts";
import { copyAuthority, defaultPort, Draft, isSpecial, recordFrom, type URLRecord } from "./record.ts";
import { parseSimple, parseSimplePath } from "./simple.ts";

const END = -1;
const HASH = 0x23;
const SLASH = 0x2f;
const COLON = 0x3a;
const QUESTION = 0x3f;
const BACKSLASH = 0x5c;

/** Parses any string, against a base if one is given. Returns null on failure. Takes linear time. */
export function parseURL(input: string, base: URLRecord | null = null): URLRecord | null {
  const short = parseSimple(input) ?? (base === null ? null : parseSimplePath(input, base)) ?? parseMended(input);
  if (short !== null) return short;
  const text = removeTabsAndNewlines(trimControls(StringPrototypeToWellFormed(input)));
  const url = new Draft();
  return new Parser(text, url, base).parse() ? recordFrom(url) : null;
}

/** The state overrides that the setters use. */
export type Override = "none" | "host" | "hostname" | "port" | "path start" | "query" | "fragment";

/** Runs the parser from an override on a URL's parts. Returns false on failure; the parts can have changed all the same. */
export function parseInto(url: Draft, input: string, override: Override): boolean {
  const parser = new Parser(removeTabsAndNewlines(input), url, null, override);
  switch (override) {
    case "host":
    case "hostname":
      return parser.host(0);
    case "port":
      return parser.port(0);
    case "path start":
      return parser.pathStart(0);
    case "query":
      return parser.query(0);
    default:
      return parser.fragment(0);
  }
}

class Parser {
  readonly #input: string;
  readonly #url: Draft;
  readonly #base: URLRecord | null;
  readonly #override: Override;
  /** Whether the URL's scheme is special. */
  #special: boolean;

  constructor(input: string, url: Draft, base: URLRecord | null, override: Override = "none") {
    this.#input = input;
    this.#url = url;
    this.#base = base;
    this.#override = override;
    this.#special = isSpecial(url.scheme);
  }

  /** The code unit at a position, or END. */
  #at(position: number): number {
    return position < this.#input.length ? StringPrototypeCharCodeAt(this.#input, position) : END;
  }

  #slice(start: number, end?: number): string {
    return StringPrototypeSlice(this.#input, start, end);
  }

  #isSlash(code: number): boolean {
    return code === SLASH || (code === BACKSLASH && this.#special);
  }

  /** Whether a code unit ends an authority, or a segment of the path: END, a slash, "?" or "#". */
  #isTerminator(code: number): boolean {
    return code === END || code === QUESTION || code === HASH || this.#isSlash(code);
  }

  #endOfRun(start: number): number {
    let end = start;
    while (!this.#isTerminator(this.#at(end))) end++;
    return end;
  }

  #setScheme(scheme: string): void {
    this.#url.scheme = scheme;
    this.#special = isSpecial(scheme);
  }

  /** Scheme start state and scheme state. */
  parse(): boolean {
    const colon = endOfScheme(this.#input);
    if (this.#at(colon) !== COLON || colon === 0) return this.#noScheme();
    const scheme = StringPrototypeToLowerCase(this.#slice(0, colon));
    const start = colon + 1;
    this.#setScheme(scheme);
    if (scheme === "file") return this.#file(start);
    const doubleSlash = StringPrototypeStartsWith(this.#input, "//", start);
    if (this.#special) {
      // Special relative or authority state, special authority slashes state.
      const isRelative = this.#base !== null && this.#base.scheme === scheme && !doubleSlash;
      return isRelative ? this.#relative(start) : this.#authorityIgnoringSlashes(start);
    }
    // Path or authority state.
    if (doubleSlash) return this.#authority(start + 2);
    return this.#at(start) === SLASH ? this.#path([], start + 1) : this.#opaquePath(start);
  }

  #noScheme(): boolean {
    const base = this.#base;
    if (base === null) return false;
    if (!base.hasOpaquePath) return base.scheme === "file" ? this.#file(0) : this.#relative(0);
    if (this.#at(0) !== HASH) return false;
    this.#setScheme(base.scheme);
    this.#url.path = base.pathname;
    this.#url.query = base.query;
    return this.fragment(1);
  }

  /** Relative state and relative slash state. */
  #relative(start: number): boolean {
    const base = this.#base!;
    this.#setScheme(base.scheme);
    if (!this.#isSlash(this.#at(start))) {
      copyAuthority(this.#url, base);
      return this.#relativePath(start, false);
    }
    const next = this.#at(start + 1);
    if (this.#special && this.#isSlash(next)) return this.#authorityIgnoringSlashes(start + 2);
    if (next === SLASH) return this.#authority(start + 2);
    copyAuthority(this.#url, base);
    return this.#path([], start + 1);
  }

  /** The end of relative state and of file state: what follows is relative to the base's path. */
  #relativePath(start: number, replacesPath: boolean): boolean {
    const base = this.#base!;
    const code = this.#at(start);
    if (code !== END && code !== QUESTION && code !== HASH) {
      const segments = replacesPath ? [] : splitPath(base.pathname);
      shorten(segments, this.#url.scheme);
      return this.#path(segments, start);
    }
    this.#url.path = base.pathname;
    if (code === QUESTION) return this.query(start + 1);
    this.#url.query = base.query;
    return code === HASH ? this.fragment(start + 1) : true;
  }

  #authorityIgnoringSlashes(start: number): boolean {
    let position = start;
    while (this.#at(position) === SLASH || this.#at(position) === BACKSLASH) position++;
    return this.#authority(position);
  }

  #authority(start: number): boolean {
    const authority = this.#slice(start, this.#endOfRun(start));
    const at = StringPrototypeLastIndexOf(authority, "@");
    if (at < 0) return this.host(start);
    if (at === authority.length - 1) return false;
    const colon = StringPrototypeIndexOf(authority, ":");
    const userEnd = colon < 0 || colon > at ? at : colon;
    this.#url.username = percentEncode(StringPrototypeSlice(authority, 0, userEnd), USERINFO);
    this.#url.password = percentEncode(StringPrototypeSlice(authority, userEnd + 1, at), USERINFO);
    return this.host(start + at + 1);
  }

  /** Host state and hostname state. */
  host(start: number): boolean {
    const url = this.#url;
    const overridden = this.#override !== "none";
    if (overridden && url.scheme === "file") return this.#fileHost(start);
    const end = this.#endOfHost(start);
    const isPortNext = this.#at(end) === COLON;
    if (start === end) {
      if (this.#special || isPortNext) return false;
      if (overridden && (url.username !== "" || url.password !== "" || url.port !== "")) return false;
    }
    if (isPortNext && this.#override === "hostname") return false;
    const host = parseHost(this.#slice(start, end), !this.#special);
    if (host === null) return false;
    url.host = host;
    if (isPortNext) return this.port(end + 1);
    return overridden || this.pathStart(end);
  }

  /** Where the host ends: at a terminator, or at a ":" outside of brackets. */
  #endOfHost(start: number): number {
    let inBrackets = false;
    for (let i = start; ; i++) {
      const code = this.#at(i);
      if (this.#isTerminator(code) || (code === COLON && !inBrackets)) return i;
      if (code === 0x5b) inBrackets = true;
      else if (code === 0x5d) inBrackets = false;
    }
  }

  port(start: number): boolean {
    const overridden = this.#override !== "none";
    let port = 0;
    let end = start;
    for (let code = this.#at(end); code >= 0x30 && code <= 0x39; code = this.#at(++end)) {
      if (port <= 0xffff) port = port * 10 + code - 0x30;
    }
    if (!overridden && !this.#isTerminator(this.#at(end))) return false;
    if (end > start) {
      if (port > 0xffff) return false;
      const text = `${port}`;
      this.#url.port = text === defaultPort(this.#url.scheme) ? "" : text;
    } else if (overridden) {
      return false;
    }
    return overridden || this.pathStart(end);
  }

  /** File state and file slash state. */
  #file(start: number): boolean {
    const base = this.#base !== null && this.#base.scheme === "file" ? this.#base : null;
    this.#setScheme("file");
    this.#url.host = "";
    if (!this.#isSlash(this.#at(start))) {
      if (base === null) return this.#path([], start);
      this.#url.host = base.host;
      return this.#relativePath(start, startsWithDriveLetter(this.#input, start));
    }
    if (this.#isSlash(this.#at(start + 1))) return this.#fileHost(start + 2);
    const segments: string[] = [];
    if (base !== null) {
      this.#url.host = base.host;
      const first = splitPath(base.pathname)[0];
      if (!startsWithDriveLetter(this.#input, start + 1) && first !== undefined && isNormalizedDriveLetter(first)) {
        segments[0] = first;
      }
    }
    return this.#path(segments, start + 1);
  }

  #fileHost(start: number): boolean {
    const overridden = this.#override !== "none";
    const end = this.#endOfRun(start);
    const text = this.#slice(start, end);
    if (!overridden && isDriveLetter(text)) return this.#path([], start);
    const host = text === "" ? "" : parseHost(text, !this.#special);
    if (host === null) return false;
    this.#url.host = host === "localhost" ? "" : host;
    return overridden || this.pathStart(end);
  }

  pathStart(start: number): boolean {
    const code = this.#at(start);
    if (this.#special) return this.#path([], this.#isSlash(code) ? start + 1 : start);
    const overridden = this.#override !== "none";
    if (!overridden && code === QUESTION) return this.query(start + 1);
    if (!overridden && code === HASH) return this.fragment(start + 1);
    if (code !== END) return this.#path([], code === SLASH ? start + 1 : start);
    this.#url.path = overridden && this.#url.host === null ? "/" : "";
    return true;
  }

  /** Path state: appends to the segments given, which it owns. */
  #path(segments: string[], start: number): boolean {
    const scheme = this.#url.scheme;
    for (let position = start; ; ) {
      const end = this.#endOfSegment(position);
      const code = this.#at(end);
      const segment = this.#slice(position, end);
      const dots = countDots(segment);
      if (dots === 2) shorten(segments, scheme);
      if (dots === 0) {
        const isDrive = segments.length === 0 && scheme === "file" && isDriveLetter(segment);
        segments[segments.length] = isDrive ? `${segment[0]}:` : percentEncode(segment, PATH);
      } else if (!this.#isSlash(code)) {
        segments[segments.length] = "";
      }
      if (this.#isSlash(code)) {
        position = end + 1;
        continue;
      }
      this.#url.path = segments.length === 0 ? "" : `/${ArrayPrototypeJoin(segments, "/")}`;
      if (code === QUESTION) return this.query(end + 1);
      return code === HASH ? this.fragment(end + 1) : true;
    }
  }

  /** With an override "?" and "#" are part of the path. */
  #endOfSegment(start: number): number {
    if (this.#override === "none") return this.#endOfRun(start);
    let end = start;
    for (let code = this.#at(end); code !== END && !this.#isSlash(code); ) code = this.#at(++end);
    return end;
  }

  #opaquePath(start: number): boolean {
    let end = start;
    let code = this.#at(end);
    while (code !== END && code !== QUESTION && code !== HASH) code = this.#at(++end);
    let path = this.#slice(start, end);
    if (code !== END && StringPrototypeEndsWith(path, " ")) path = `${StringPrototypeSlice(path, 0, -1)}%20`;
    this.#url.path = percentEncode(path, C0_CONTROL);
    if (code === QUESTION) return this.query(end + 1);
    return code === HASH ? this.fragment(end + 1) : true;
  }

  query(start: number): boolean {
    const hash = this.#override === "none" ? StringPrototypeIndexOf(this.#input, "#", start) : -1;
    const text = this.#slice(start, hash < 0 ? undefined : hash);
    this.#url.query = percentEncode(text, this.#special ? SPECIAL_QUERY : QUERY);
    return hash < 0 || this.fragment(hash + 1);
  }

  fragment(start: number): boolean {
    this.#url.fragment = percentEncode(this.#slice(start), FRAGMENT);
    return true;
  }
}

// --- Input -------------------------------------------------------------------

/** Removes leading and trailing C0 controls and spaces. */
function trimControls(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && StringPrototypeCharCodeAt(text, start) <= 0x20) start++;
  while (end > start && StringPrototypeCharCodeAt(text, end - 1) <= 0x20) end--;
  return StringPrototypeSlice(text, start, end);
}

export function removeTabsAndNewlines(text: string): string {
  let output = "";
  let kept = 0;
  for (let i = 0; i < text.length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    if (code !== 0x09 && code !== 0x0a && code !== 0x0d) continue;
    output += StringPrototypeSlice(text, kept, i);
    kept = i + 1;
  }
  return kept === 0 ? text : output + StringPrototypeSlice(text, kept);
}

// --- Schemes -----------------------------------------------------------------

function isAlpha(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** The end of the scheme that a text starts with: 0 when it starts with none. */
export function endOfScheme(text: string): number {
  if (text === "" || !isAlpha(StringPrototypeCharCodeAt(text, 0))) return 0;
  let i = 1;
  for (; i < text.length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    const isDigit = code >= 0x30 && code <= 0x39;
    if (!isAlpha(code) && !isDigit && code !== 0x2b && code !== 0x2d && code !== 0x2e) break;
  }
  return i;
}

// --- Paths -------------------------------------------------------------------

/** The segments of a serialised path. */
function splitPath(path: string): string[] {
  const segments: string[] = [];
  for (let start = 1; start <= path.length; ) {
    const slash = StringPrototypeIndexOf(path, "/", start);
    const end = slash < 0 ? path.length : slash;
    segments[segments.length] = StringPrototypeSlice(path, start, end);
    start = end + 1;
  }
  return segments;
}

/** Shorten a URL's path. */
function shorten(segments: string[], scheme: string): void {
  if (segments.length === 0) return;
  if (scheme === "file" && segments.length === 1 && isNormalizedDriveLetter(segments[0]!)) return;
  segments.length--;
}

/** Two code points: a letter and ":" or "|". */
function isDriveLetter(text: string): boolean {
  return text.length === 2 && startsWithDriveLetter(text, 0);
}

function isNormalizedDriveLetter(text: string): boolean {
  return isDriveLetter(text) && StringPrototypeCharCodeAt(text, 1) === COLON;
}

/** A drive letter at a position, with nothing after it or a slash, "?" or "#". */
function startsWithDriveLetter(text: string, position: number): boolean {
  if (position + 2 > text.length || !isAlpha(StringPrototypeCharCodeAt(text, position))) return false;
  const second = StringPrototypeCharCodeAt(text, position + 1);
  if (second !== COLON && second !== 0x7c) return false;
  if (position + 2 === text.length) return true;
  const third = StringPrototypeCharCodeAt(text, position + 2);
  return third === SLASH || third === BACKSLASH || third === QUESTION || third === HASH;
}

// Strings and property keys as they would be written in a program.

import {
  NumberPrototypeToString,
  RegExpPrototypeTest,
  StringPrototypeCharCodeAt,
  StringPrototypeIncludes,
  StringPrototypePadStart,
  StringPrototypeSlice,
  StringPrototypeToUpperCase,
  SymbolPrototypeToString,
} from "../core/primordials.ts";

/** A string in the quotation marks that need the fewest escapes, with control characters and lone surrogates escaped. */
export function quote(text: string): string {
  const mark = markFor(text);
  let output = "";
  let kept = 0;
  for (let i = 0; i < text.length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    if (isSurrogatePair(text, i)) {
      i++;
      continue;
    }
    const escape = escapeOf(code, mark);
    if (escape === "") continue;
    output += StringPrototypeSlice(text, kept, i) + escape;
    kept = i + 1;
  }
  return `${mark}${output}${StringPrototypeSlice(text, kept)}${mark}`;
}

function markFor(text: string): string {
  if (!StringPrototypeIncludes(text, "'")) return "'";
  if (!StringPrototypeIncludes(text, '"')) return '"';
  return StringPrototypeIncludes(text, "`") || StringPrototypeIncludes(text, "${") ? "'" : "`";
}

function isSurrogatePair(text: string, i: number): boolean {
  if ((StringPrototypeCharCodeAt(text, i) & 0xfc00) !== 0xd800 || i + 1 === text.length) return false;
  return (StringPrototypeCharCodeAt(text, i + 1) & 0xfc00) === 0xdc00;
}

/** The escape sequence for a code unit, or "" when it needs none. */
function escapeOf(code: number, mark: string): string {
  switch (code) {
    case 0x08:
      return "\\b";
    case 0x09:
      return "\\t";
    case 0x0a:
      return "\\n";
    case 0x0c:
      return "\\f";
    case 0x0d:
      return "\\r";
    case 0x5c:
      return "\\\\";
  }
  if (code === StringPrototypeCharCodeAt(mark, 0)) return `\\${mark}`;
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return `\\x${hex(code, 2)}`;
  return (code & 0xf800) === 0xd800 ? `\\u${hex(code, 4)}` : "";
}

function hex(code: number, digits: number): string {
  return StringPrototypePadStart(StringPrototypeToUpperCase(NumberPrototypeToString(code, 16)), digits, "0");
}

const identifier = /^[A-Za-z_$][\w$]*$/;

/** A property key: identifiers as they are, other strings quoted, symbols in brackets. */
export function quoteKey(key: PropertyKey): string {
  if (typeof key === "symbol") return `[${SymbolPrototypeToString(key)}]`;
  const text = `${key}`;
  return RegExpPrototypeTest(identifier, text) ? text : quote(text);
}

// Tokens: the characters of header names, methods and media types (RFC 9110 §5.6.2).
// A regular expression would say the same, but V8 compiles one anew in each isolate,
// which takes longer than all the rest of a first answer.
import { StringPrototypeCharCodeAt } from "./primordials.ts";

const marks = "!#$%&'*+-.^_`|~";

function isAlphanumeric(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
}

const tokenUnits = new Uint8Array(0x80);
for (let unit = 0; unit < tokenUnits.length; unit++) tokenUnits[unit] = isAlphanumeric(unit) ? 1 : 0;
for (let i = 0; i < marks.length; i++) tokenUnits[StringPrototypeCharCodeAt(marks, i)] = 1;

/** Whether a character, or a byte, may stand in a token. */
export function isTokenUnit(unit: number): boolean {
  return unit < tokenUnits.length && tokenUnits[unit] === 1;
}

/** Whether text is a token. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!isTokenUnit(StringPrototypeCharCodeAt(text, i))) return false;
  }
  return text !== "";
}

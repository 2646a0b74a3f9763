// The windows-1252 decoder, which is also that of "latin1" and "ascii".
// https://encoding.spec.whatwg.org/#single-byte-decoder

import { StringPrototypeCharCodeAt, StringPrototypeSlice, TypedArrayPrototypeGetLength } from "../core/primordials.ts";

const { latin1Decode } = __host;

/** What bytes 0x80 to 0x9F stand for; all others stand for the code point of the same number. */
const high =
  "\u20AC\x81\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\x8D\u017D\x8F" +
  "\x90\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\x9D\u017E\u0178";

/** The text of bytes; there are no malformed ones. */
export function decodeWindows1252(bytes: Uint8Array): string {
  const text = latin1Decode(bytes, 0, TypedArrayPrototypeGetLength(bytes));
  let output = "";
  let kept = 0;
  for (let i = 0; i < text.length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    if (code < 0x80 || code > 0x9f) continue;
    output += StringPrototypeSlice(text, kept, i) + high[code - 0x80]!;
    kept = i + 1;
  }
  return kept === 0 ? text : output + StringPrototypeSlice(text, kept);
}

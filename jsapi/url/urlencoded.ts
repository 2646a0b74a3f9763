// application/x-www-form-urlencoded: https://url.spec.whatwg.org/#application/x-www-form-urlencoded

import { StringPrototypeIndexOf } from "../core/primordials.ts";
import { FORM, percentDecode, percentEncode } from "./percent.ts";

/** A name and its value. */
export type Pair = [name: string, value: string];

/** The application/x-www-form-urlencoded string parser: the pairs of a scalar value string, in order. */
export function parseURLEncoded(text: string): Pair[] {
  const pairs: Pair[] = [];
  // The next "=" is searched for once, not again for each of the sequences that have none.
  let equals = StringPrototypeIndexOf(text, "=");
  for (let start = 0; start < text.length; ) {
    const ampersand = StringPrototypeIndexOf(text, "&", start);
    const end = ampersand < 0 ? text.length : ampersand;
    if (end > start) {
      if (equals >= 0 && equals < start) equals = StringPrototypeIndexOf(text, "=", start);
      const nameEnd = equals >= 0 && equals < end ? equals : end;
      const value = nameEnd < end ? percentDecode(text, nameEnd + 1, end, true) : "";
      pairs[pairs.length] = [percentDecode(text, start, nameEnd, true), value];
    }
    start = end + 1;
  }
  return pairs;
}

/** The application/x-www-form-urlencoded serializer. */
export function serializeURLEncoded(pairs: readonly Pair[]): string {
  let output = "";
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i]!;
    if (i > 0) output += "&";
    output += `${percentEncode(pair[0], FORM)}=${percentEncode(pair[1], FORM)}`;
  }
  return output;
}

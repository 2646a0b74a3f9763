// The middle way, for http(s) URLs that are not in normal form, but nearly: letters of the
// host may be capital, path, query and fragment have what is to be encoded, and the path
// has dot segments. They are mended part by part, without the parser's states. Whatever
// is more unusual makes parseMended return null, and the parser is asked instead.

import {
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeLastIndexOf,
  StringPrototypeSlice,
  StringPrototypeToLowerCase,
} from "../core/primordials.ts";
import { countDots, mayBeDotSegment } from "./dots.ts";
import { FRAGMENT, PATH, percentEncode, SPECIAL_QUERY } from "./percent.ts";
import { URLRecord } from "./record.ts";
import { endOfHost, endOfPort, startOfHost } from "./simple.ts";

/** The longest input, in code units: the time that dot segments take grows faster than it does. */
const most = 2048;

/** Parses an absolute URL that is nearly in normal form, or returns null. */
export function parseMended(input: string): URLRecord | null {
  const hostStart = startOfHost(input);
  if (hostStart < 0 || input.length > most) return null;
  const hostEnd = endOfHost(input, hostStart, true);
  if (hostEnd < 0) return null;
  const pathStart = endOfPort(input, hostEnd, hostStart === 8 ? 443 : 80);
  if (pathStart < 0 || !isMendable(input, pathStart)) return null;

  const hash = StringPrototypeIndexOf(input, "#", pathStart);
  const tailEnd = hash < 0 ? input.length : hash;
  const question = StringPrototypeIndexOf(input, "?", pathStart);
  const pathEnd = question < 0 || question > tailEnd ? tailEnd : question;
  let href = StringPrototypeToLowerCase(StringPrototypeSlice(input, 0, pathStart));
  href += pathStart === pathEnd ? "/" : percentEncode(withoutDots(StringPrototypeSlice(input, pathStart, pathEnd)), PATH);
  const queryStart = href.length;
  if (pathEnd < tailEnd) href += percentEncode(StringPrototypeSlice(input, pathEnd, tailEnd), SPECIAL_QUERY);
  const fragmentStart = href.length;
  if (hash >= 0) href += `#${percentEncode(StringPrototypeSlice(input, hash + 1), FRAGMENT)}`;
  return new URLRecord(href, hostStart - 2, hostStart - 2, hostStart, hostEnd, pathStart, queryStart, fragmentStart);
}

/** Whether nothing in path, query and fragment is to be removed, or stands for something else than itself. */
function isMendable(text: string, start: number): boolean {
  const length = text.length;
  if (StringPrototypeCharCodeAt(text, length - 1) <= 0x20) return false;
  for (let i = start; i < length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    // Tabs and ends of lines are removed, a backslash may be a slash, and surrogates may stand alone.
    if (code === 0x5c || code === 0x09 || code === 0x0a || code === 0x0d || code > 0xd7ff) return false;
  }
  return true;
}

/** A path without its dot segments. */
function withoutDots(path: string): string {
  let output = "";
  let kept = 0; // where the segments start that stay, with their slashes
  for (let start = 1; ; ) {
    const slash = StringPrototypeIndexOf(path, "/", start);
    const end = slash < 0 ? path.length : slash;
    const dots = mayBeDotSegment(path, start) ? countDots(StringPrototypeSlice(path, start, end)) : 0;
    if (dots > 0) {
      output += StringPrototypeSlice(path, kept, start - 1);
      if (dots === 2 && output !== "") output = StringPrototypeSlice(output, 0, StringPrototypeLastIndexOf(output, "/"));
      if (slash < 0) return `${output}/`;
      kept = end;
    }
    if (slash < 0) return kept === 0 ? path : output + StringPrototypeSlice(path, kept);
    start = end + 1;
  }
}

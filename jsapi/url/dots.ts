// Dot segments (URL standard, "single-dot" and "double-dot URL path segment").

import { StringPrototypeCharCodeAt, StringPrototypeSlice } from "../core/primordials.ts";

/** Whether a segment can be "." or "..", in which each dot may be "%2e". ".well-known" cannot. */
export function mayBeDotSegment(text: string, start: number): boolean {
  if (start >= text.length) return false;
  const code = StringPrototypeCharCodeAt(text, start);
  if (code === 0x25) return true;
  if (code !== 0x2e) return false;
  const next = start + 1 < text.length ? StringPrototypeCharCodeAt(text, start + 1) : 0x2f;
  return !(next >= 0x61 && next <= 0x7a);
}

/** 1 for a single-dot segment, 2 for a double-dot segment, 0 for others. */
export function countDots(segment: string): number {
  if (segment.length > 6) return 0;
  let dots = 0;
  for (let i = 0; i < segment.length; dots++) {
    if (StringPrototypeCharCodeAt(segment, i) === 0x2e) {
      i++;
    } else {
      const next = StringPrototypeSlice(segment, i, i + 3);
      if (next !== "%2e" && next !== "%2E") return 0;
      i += 3;
    }
  }
  return dots > 2 ? 0 : dots;
}

// The API base URL (HTML, environment settings objects): what relative URLs of fetch and Request mean. An app belongs to
// no document and has none, so that a relative URL is an error; the tests of the web platform are served from one.
import { originOf } from "./origin.ts";
import { parseURL } from "./parser.ts";
import type { URLRecord } from "./record.ts";

let base: URLRecord | null = null;

/** Sets the API base URL. */
export function setAPIBase(url: string): void {
  base = parseURL(url);
}

/** Parses a URL as APIs other than URL itself do. */
export function parseAPIURL(text: string): URLRecord | null {
  return parseURL(text, base);
}

/** The origin that goes with it: "null" for an app. */
export function apiOrigin(): string {
  return base === null ? "null" : originOf(base);
}

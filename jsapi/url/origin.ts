// The origin of a URL: https://url.spec.whatwg.org/#origin

import { StringPrototypeSlice } from "../core/primordials.ts";
import { parseURL } from "./parser.ts";
import type { URLRecord } from "./record.ts";

/** The serialised origin, "null" for an opaque one. That of a blob URL is the origin of the http(s) URL in its path. */
export function originOf(record: URLRecord): string {
  switch (record.scheme) {
    case "http":
    case "https":
    case "ws":
    case "wss":
    case "ftp":
      return `${StringPrototypeSlice(record.href, 0, record.schemeEnd)}//${record.hostWithPort}`;
    case "blob": {
      const inner = parseURL(record.pathname);
      if (inner === null || (inner.scheme !== "http" && inner.scheme !== "https")) return "null";
      return originOf(inner);
    }
    default:
      return "null";
  }
}

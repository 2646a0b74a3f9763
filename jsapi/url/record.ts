// The URL record: https://url.spec.whatwg.org/#concept-url
//
// A record is its serialisation with the places of its parts. Most URLs that a
// server meets are already in normal form, so that the input is the serialisation
// and parsing is finding those places; a part is cut out when somebody asks for it.
//
//   https://user:pass@example.com:8080/path/x?query#fragment
//         |     |     |          |    |      |     |
//         |     |     hostStart  |    |      |     fragmentStart
//         |     userEnd          |    |      queryStart
//         schemeEnd              |    pathStart
//                                hostEnd
//
// Parts that are null take no room: without a host, userEnd, hostStart and hostEnd
// are schemeEnd; without a query queryStart is fragmentStart, which without a
// fragment is the length.

import { StringPrototypeCharCodeAt, StringPrototypeSlice, StringPrototypeStartsWith } from "../core/primordials.ts";

/** A URL, immutable. Strings are ASCII in their serialised form. */
export class URLRecord {
  readonly href: string;
  readonly schemeEnd: number;
  readonly userEnd: number;
  readonly hostStart: number;
  readonly hostEnd: number;
  readonly pathStart: number;
  readonly queryStart: number;
  readonly fragmentStart: number;

  constructor(
    href: string,
    schemeEnd: number,
    userEnd: number,
    hostStart: number,
    hostEnd: number,
    pathStart: number,
    queryStart: number,
    fragmentStart: number,
  ) {
    this.href = href;
    this.schemeEnd = schemeEnd;
    this.userEnd = userEnd;
    this.hostStart = hostStart;
    this.hostEnd = hostEnd;
    this.pathStart = pathStart;
    this.queryStart = queryStart;
    this.fragmentStart = fragmentStart;
  }

  /** The scheme without ":", in lower case. */
  get scheme(): string {
    return StringPrototypeSlice(this.href, 0, this.schemeEnd - 1);
  }

  get username(): string {
    return this.hasHost ? StringPrototypeSlice(this.href, this.schemeEnd + 2, this.userEnd) : "";
  }

  get password(): string {
    return StringPrototypeSlice(this.href, this.userEnd + 1, this.hostStart - 1);
  }

  get hasHost(): boolean {
    return this.hostStart !== this.schemeEnd;
  }

  /** The serialised host, an IPv6 address in brackets; null without one. */
  get host(): string | null {
    return this.hasHost ? this.hostname : null;
  }

  /** The serialised host, "" without one. */
  get hostname(): string {
    return StringPrototypeSlice(this.href, this.hostStart, this.hostEnd);
  }

  /** The port in decimal, "" for none or the scheme's default. */
  get port(): string {
    return this.hasHost ? StringPrototypeSlice(this.href, this.hostEnd + 1, this.pathStart) : "";
  }

  /** host[:port], "" without a host. */
  get hostWithPort(): string {
    return this.hasHost ? StringPrototypeSlice(this.href, this.hostStart, this.pathStart) : "";
  }

  /** The serialised path. */
  get pathname(): string {
    return StringPrototypeSlice(this.href, this.pathStart, this.queryStart);
  }

  /** The query without "?", or null. */
  get query(): string | null {
    return this.queryStart === this.fragmentStart
      ? null
      : StringPrototypeSlice(this.href, this.queryStart + 1, this.fragmentStart);
  }

  /** The fragment without "#", or null. */
  get fragment(): string | null {
    return this.fragmentStart === this.href.length ? null : StringPrototypeSlice(this.href, this.fragmentStart + 1);
  }

  /** The query with "?", "" for null and for an empty one. */
  get search(): string {
    const isEmpty = this.fragmentStart - this.queryStart < 2;
    return isEmpty ? "" : StringPrototypeSlice(this.href, this.queryStart, this.fragmentStart);
  }

  /** The fragment with "#", "" for null and for an empty one. */
  get hash(): string {
    return this.href.length - this.fragmentStart < 2 ? "" : StringPrototypeSlice(this.href, this.fragmentStart);
  }

  /** Whether the path is opaque, as in "data:text/plain,x". Paths that are lists start with "/" where there is no host. */
  get hasOpaquePath(): boolean {
    if (this.hasHost) return false;
    return this.pathStart === this.queryStart || StringPrototypeCharCodeAt(this.href, this.pathStart) !== 0x2f;
  }

  get hasCredentials(): boolean {
    return this.hasHost && this.hostStart !== this.schemeEnd + 2;
  }

  /** https://url.spec.whatwg.org/#cannot-have-a-username-password-port */
  get cannotHaveCredentialsOrPort(): boolean {
    return this.hostStart === this.hostEnd || this.scheme === "file";
  }
}

/** The parts of a URL while they are being parsed or set. */
export class Draft {
  scheme = "";
  username = "";
  password = "";
  /** Serialised. */
  host: string | null = null;
  /** In decimal, "" for null. */
  port = "";
  /** Serialised. */
  path = "";
  query: string | null = null;
  fragment: string | null = null;
}

/** The parts of a record. */
export function draftOf(record: URLRecord): Draft {
  const draft = new Draft();
  draft.scheme = record.scheme;
  copyAuthority(draft, record);
  draft.path = record.pathname;
  draft.query = record.query;
  draft.fragment = record.fragment;
  return draft;
}

/** Copies username, password, host and port. */
export function copyAuthority(draft: Draft, from: URLRecord): void {
  draft.username = from.username;
  draft.password = from.password;
  draft.host = from.host;
  draft.port = from.port;
}

/** The URL serializer, which notes where the parts are. */
export function recordFrom(draft: Draft): URLRecord {
  let href = `${draft.scheme}:`;
  const schemeEnd = href.length;
  let userEnd = schemeEnd;
  let hostStart = schemeEnd;
  let hostEnd = schemeEnd;
  if (draft.host !== null) {
    href += `//${draft.username}`;
    userEnd = href.length;
    if (draft.password !== "") href += `:${draft.password}`;
    if (href.length > schemeEnd + 2) href += "@";
    hostStart = href.length;
    href += draft.host;
    hostEnd = href.length;
    if (draft.port !== "") href += `:${draft.port}`;
  } else if (StringPrototypeStartsWith(draft.path, "//")) {
    href += "/."; // or else the path would read as a host
  }
  const pathStart = href.length;
  href += draft.path;
  const queryStart = href.length;
  if (draft.query !== null) href += `?${draft.query}`;
  const fragmentStart = href.length;
  if (draft.fragment !== null) href += `#${draft.fragment}`;
  return new URLRecord(href, schemeEnd, userEnd, hostStart, hostEnd, pathStart, queryStart, fragmentStart);
}

/** The default port of a special scheme: "" for file, which has none, undefined for what is not special. */
export function defaultPort(scheme: string): string | undefined {
  switch (scheme) {
    case "http":
    case "ws":
      return "80";
    case "https":
    case "wss":
      return "443";
    case "ftp":
      return "21";
    case "file":
      return "";
    default:
      return undefined;
  }
}

export function isSpecial(scheme: string): boolean {
  return defaultPort(scheme) !== undefined;
}

/** The URL serializer. */
export function serializeURL(record: URLRecord, excludeFragment = false): string {
  return excludeFragment ? StringPrototypeSlice(record.href, 0, record.fragmentStart) : record.href;
}

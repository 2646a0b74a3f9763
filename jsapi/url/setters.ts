// The setters of class URL, as functions from a record and a value to the record
// that results: https://url.spec.whatwg.org/#url-class
// A value that does not fit leaves the URL as it was, as the standard has it.

import { StringPrototypeCharCodeAt, StringPrototypeSlice, StringPrototypeToLowerCase } from "../core/primordials.ts";
import { endOfScheme, type Override, parseInto, removeTabsAndNewlines } from "./parser.ts";
import { percentEncode, USERINFO } from "./percent.ts";
import { type Draft, defaultPort, draftOf, isSpecial, recordFrom, type URLRecord } from "./record.ts";

function change(record: URLRecord, edit: (url: Draft) => void): URLRecord {
  const url = draftOf(record);
  edit(url);
  return recordFrom(url);
}

function reparse(record: URLRecord, value: string, override: Override): URLRecord {
  return change(record, (url) => parseInto(url, value, override));
}

/** Basic URL parse with scheme start state as state override. */
export function setProtocol(record: URLRecord, value: string): URLRecord {
  const text = removeTabsAndNewlines(value);
  const end = endOfScheme(text);
  if (end === 0 || (end < text.length && StringPrototypeCharCodeAt(text, end) !== 0x3a)) return record;
  const scheme = StringPrototypeToLowerCase(StringPrototypeSlice(text, 0, end));
  if (isSpecial(scheme) !== isSpecial(record.scheme)) return record;
  if (scheme === "file" && (record.hasCredentials || record.port !== "")) return record;
  if (record.scheme === "file" && record.hostname === "") return record;
  return change(record, (url) => {
    url.scheme = scheme;
    if (url.port === defaultPort(scheme)) url.port = "";
  });
}

export function setUsername(record: URLRecord, value: string): URLRecord {
  if (record.cannotHaveCredentialsOrPort) return record;
  return change(record, (url) => (url.username = percentEncode(value, USERINFO)));
}

export function setPassword(record: URLRecord, value: string): URLRecord {
  if (record.cannotHaveCredentialsOrPort) return record;
  return change(record, (url) => (url.password = percentEncode(value, USERINFO)));
}

export function setHost(record: URLRecord, value: string): URLRecord {
  return record.hasOpaquePath ? record : reparse(record, value, "host");
}

export function setHostname(record: URLRecord, value: string): URLRecord {
  return record.hasOpaquePath ? record : reparse(record, value, "hostname");
}

export function setPort(record: URLRecord, value: string): URLRecord {
  if (record.cannotHaveCredentialsOrPort) return record;
  return value === "" ? change(record, (url) => (url.port = "")) : reparse(record, value, "port");
}

export function setPathname(record: URLRecord, value: string): URLRecord {
  return record.hasOpaquePath ? record : reparse(record, value, "path start");
}

export function setSearch(record: URLRecord, value: string): URLRecord {
  return value === "" ? setQuery(record, null) : reparse(record, withoutPrefix(value, 0x3f), "query");
}

export function setHash(record: URLRecord, value: string): URLRecord {
  if (value === "") return change(record, (url) => (url.fragment = null));
  return reparse(record, withoutPrefix(value, 0x23), "fragment");
}

/** Sets the query to what is serialised already. */
export function setQuery(record: URLRecord, query: string | null): URLRecord {
  return change(record, (url) => (url.query = query));
}

/** A text without the one code unit that it may start with. */
export function withoutPrefix(text: string, code: number): string {
  return StringPrototypeCharCodeAt(text, 0) === code ? StringPrototypeSlice(text, 1) : text;
}

// The class URL: https://url.spec.whatwg.org/#url-class

import { StringPrototypeSlice, TypeError } from "../core/primordials.ts";
import { defineInterface, DOMString, illegalInvocation, requireArguments, USVString } from "../core/webidl.ts";
import { originOf } from "./origin.ts";
import { parseURL } from "./parser.ts";
import { URLRecord } from "./record.ts";
import { bindSearchParams, URLSearchParams } from "./searchparams.ts";
import * as setters from "./setters.ts";

let getRecord: (url: URL) => URLRecord;

/** The record of a URL object. Throws for what is none. */
export const recordOf = (url: URL): URLRecord => getRecord(url);

/** Whether a value is a URL object. */
export let isURL: (value: unknown) => value is URL;

/** Makes a URL object of a record. */
export function newURL(record: URLRecord): URL {
  return new URL(record);
}

export class URL {
  #record: URLRecord;
  /** Made when somebody asks for it. */
  #params: URLSearchParams | null = null;

  static {
    getRecord = (url) => (#record in url ? url.#record : illegalInvocation());
    isURL = (value): value is URL => typeof value === "object" && value !== null && #record in value;
  }

  /** A record, which no app can get hold of, is taken as it is. */
  constructor(url: unknown, base: unknown = undefined) {
    requireArguments(arguments.length, 1, "URL");
    this.#record = url instanceof URLRecord ? url : parseOrThrow(DOMString(url), base);
  }

  static parse(url: unknown, base: unknown = undefined): URL | null {
    requireArguments(arguments.length, 1, "URL.parse");
    const record = parse(DOMString(url), base);
    return record === null ? null : new URL(record);
  }

  static canParse(url: unknown, base: unknown = undefined): boolean {
    requireArguments(arguments.length, 1, "URL.canParse");
    return parse(DOMString(url), base) !== null;
  }

  get href(): string {
    if (!(#record in this)) illegalInvocation();
    return this.#record.href;
  }

  set href(value: unknown) {
    if (!(#record in this)) illegalInvocation();
    this.#record = parseOrThrow(DOMString(value), undefined);
    this.#reloadParams();
  }

  get origin(): string {
    if (!(#record in this)) illegalInvocation();
    return originOf(this.#record);
  }

  get protocol(): string {
    if (!(#record in this)) illegalInvocation();
    return StringPrototypeSlice(this.#record.href, 0, this.#record.schemeEnd);
  }

  set protocol(value: unknown) {
    if (!(#record in this)) illegalInvocation();
    this.#record = setters.setProtocol(this.#record, USVString(value));
  }

  get username(): string {
    if (!(#record in this)) illegalInvocation();
    return this.#record.username;
  }

  set username(value: unknown) {
    if (!(#record in this)) illegalInvocation();
    this.#record = setters.setUsername(this.#record, USVString(value));
  }

  get password(): string {
    if (!(#record in this)) illegalInvocation();
    return this.#record.password;
  }

  set password(value: unknown) {
    if (!(#record in this)) illegalInvocation();
    this.#record = setters.setPassword(this.#record, USVString(value));
  }

  get host(): string {
    if (!(#record in this)) illegalInvocation();
    return this.#record.hostWithPort;
  }

  set host(value: unknown) {
    if (!(#record in this)) illegalInvocation();
    this.#record = setters.setHost(this.#record, USVString(value));
  }

  get hostname(): string {
    if (!(#record in this)) illegalInvocation();
    return this.#record.hostname;
  }

  set hostname(value: unknown) {
    if (!(#record in this)) illegalInvocation();
    this.#record = setters.setHostname(this.#record, USVString(value));
  }

  get port(): string {
    if (!(#record in this)) illegalInvocation();
    return this.#record.port;
  }

  set port(value: unknown) {
    if (!(#record in this)) illegalInvocation();
    this.#record = setters.setPort(this.#record, USVString(value));
  }

  get pathname(): string {
    if (!(#record in this)) illegalInvocation();
    return this.#record.pathname;
  }

  set pathname(value: unknown) {
    if (!(#record in this)) illegalInvocation();
    this.#record = setters.setPathname(this.#record, USVString(value));
  }

  get search(): string {
    if (!(#record in this)) illegalInvocation();
    return this.#record.search;
  }

  set search(value: unknown) {
    if (!(#record in this)) illegalInvocation();
    const text = USVString(value);
    this.#record = setters.setSearch(this.#record, text);
    this.#reloadParams(setters.withoutPrefix(text, 0x3f));
  }

  get searchParams(): URLSearchParams {
    if (!(#record in this)) illegalInvocation();
    if (this.#params === null) {
      this.#params = new URLSearchParams();
      this.#reloadParams();
    }
    return this.#params;
  }

  get hash(): string {
    if (!(#record in this)) illegalInvocation();
    return this.#record.hash;
  }

  set hash(value: unknown) {
    if (!(#record in this)) illegalInvocation();
    this.#record = setters.setHash(this.#record, USVString(value));
  }

  toString(): string {
    if (!(#record in this)) illegalInvocation();
    return this.#record.href;
  }

  toJSON(): string {
    if (!(#record in this)) illegalInvocation();
    return this.#record.href;
  }

  /** Gives the parameters, if there are any yet, those of a query. */
  #reloadParams(query: string | null = this.#record.query): void {
    if (this.#params === null) return;
    bindSearchParams(this.#params, query, (changed) => {
      this.#record = setters.setQuery(this.#record, changed);
    });
  }
}

/** The API URL parser. */
function parse(url: string, base: unknown): URLRecord | null {
  if (base === undefined) return parseURL(url);
  const baseRecord = parseURL(DOMString(base));
  return baseRecord === null ? null : parseURL(url, baseRecord);
}

function parseOrThrow(url: string, base: unknown): URLRecord {
  const baseText = base === undefined ? undefined : DOMString(base);
  const record = parse(url, baseText);
  if (record !== null) return record;
  const against = baseText === undefined ? "" : ` with base ${quote(baseText)}`;
  throw new TypeError(`Invalid URL: ${quote(url)}${against}`);
}

/** A string in quotation marks, cut when it is long. */
function quote(text: string): string {
  return text.length > 200 ? `"${StringPrototypeSlice(text, 0, 200)}…"` : `"${text}"`;
}

defineInterface(URL, "URL", {
  enumerable: [
    "href",
    "origin",
    "protocol",
    "username",
    "password",
    "host",
    "hostname",
    "port",
    "pathname",
    "search",
    "searchParams",
    "hash",
    "toString",
    "toJSON",
  ],
  static: ["parse", "canParse"],
});

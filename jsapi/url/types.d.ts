// The globals of this folder, as apps see them.

/** A URL, taken apart. https://url.spec.whatwg.org/#url-class */
declare class URL {
  /** Parses url, against base if it is given. Throws a TypeError when that fails. */
  constructor(url: string | URL, base?: string | URL);
  /** Like the constructor, but null on failure. */
  static parse(url: string | URL, base?: string | URL): URL | null;
  /** Whether the constructor would succeed. */
  static canParse(url: string | URL, base?: string | URL): boolean;
  /** A blob: URL that stands for a Blob until it is revoked, or the request is over; fetch takes it. https://w3c.github.io/FileAPI/#url */
  static createObjectURL(blob: Blob): string;
  static revokeObjectURL(url: string): void;
  /** The whole URL. Setting it parses anew, and throws a TypeError when that fails. */
  href: string;
  /** "https://example.com:8080", or "null" for schemes without an origin. */
  readonly origin: string;
  /** The scheme with ":". Like all setters below, a value that does not fit is ignored. */
  protocol: string;
  username: string;
  password: string;
  /** The host name with the port, if that is not the scheme's default. */
  host: string;
  hostname: string;
  /** "" for the scheme's default. */
  port: string;
  pathname: string;
  /** The query with "?", or "". */
  search: string;
  /** The query as a list; changing it changes the URL. Always the same object. */
  readonly searchParams: URLSearchParams;
  /** The fragment with "#", or "". */
  hash: string;
  toString(): string;
  toJSON(): string;
}

/** Names and values of a query or a form. https://url.spec.whatwg.org/#interface-urlsearchparams */
declare class URLSearchParams {
  /** From "a=1&b=2" (with or without "?"), pairs, or an object's properties. */
  constructor(init?: string | Iterable<Iterable<string>> | Record<string, string> | URLSearchParams);
  readonly size: number;
  append(name: string, value: string): void;
  /** Removes all pairs of that name (and value). */
  delete(name: string, value?: string): void;
  /** The first value of that name. */
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  /** Puts the value in the place of the first pair of that name, and removes the others. */
  set(name: string, value: string): void;
  /** Sorts by name (UTF-16 code units); pairs of one name keep their order. */
  sort(): void;
  /** As application/x-www-form-urlencoded, without "?". */
  toString(): string;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  forEach(callback: (value: string, key: string, params: URLSearchParams) => void, thisArg?: unknown): void;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}

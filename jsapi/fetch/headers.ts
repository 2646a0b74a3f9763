// Headers (Fetch §5.1). A list that came from the host stays one string, in the
// form of frame lists, until somebody looks at it; passing it on is then a copy.
import { item, itemEnd } from "../../frame/frame.ts";
import {
  ArrayIsArray,
  ArrayPrototypeSort,
  SafeMap,
  StringPrototypeCharCodeAt,
  StringPrototypeSlice,
  StringPrototypeToLowerCase,
  SymbolIterator,
  TypeError,
} from "../core/primordials.ts";
import { isToken } from "../core/token.ts";
import {
  ByteString,
  defineInterface,
  getIteratorMethod,
  illegalInvocation,
  isObject,
  makeIterable,
  requireArguments,
  sequenceFrom,
  toRecord,
  toSequence,
} from "../core/webidl.ts";

/** Names that were valid before, with their lower case; bounded so that an app cannot fill memory with it. */
const knownNames = new SafeMap<string, string>();
const mostKnownNames = 512;

/** A header name in lower case; a TypeError if it is none. */
export function headerName(name: string): string {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  if (!isToken(name)) throw new TypeError(`'${name}' is not a header name`);
  const lower = StringPrototypeToLowerCase(name);
  if (knownNames.size < mostKnownNames && name.length <= 64) knownNames.set(name, lower);
  return lower;
}

function isHTTPSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0x0d;
}

/** A header value without white space around it; a TypeError if it holds NUL, CR or LF. */
export function headerValue(value: string): string {
  let from = 0;
  let to = value.length;
  while (from < to && isHTTPSpace(StringPrototypeCharCodeAt(value, from))) from++;
  while (to > from && isHTTPSpace(StringPrototypeCharCodeAt(value, to - 1))) to--;
  const trimmed = from === 0 && to === value.length ? value : StringPrototypeSlice(value, from, to);
  for (let i = 0; i < trimmed.length; i++) {
    const unit = StringPrototypeCharCodeAt(trimmed, i);
    if (unit === 0 || unit === 0x0d || unit === 0x0a) throw new TypeError("A header value must not hold a line break or NUL");
  }
  return trimmed;
}

/** A header list, without the interface around it. Names are in lower case. */
export class HeaderList {
  #raw: string | null;
  #rawAt: number;
  #names: string[] = [];
  #values: string[] = [];

  /** A list from a frame list whose headers begin at `at`; an empty one without arguments. */
  constructor(raw: string | null = null, at = 0) {
    this.#raw = raw;
    this.#rawAt = at;
  }

  #open(): void {
    const raw = this.#raw;
    if (raw === null) return;
    this.#raw = null;
    for (let at = this.#rawAt; at < raw.length; ) {
      const nameEnd = itemEnd(raw, at);
      const valueEnd = itemEnd(raw, nameEnd + 1);
      this.#names[this.#names.length] = item(raw, at, nameEnd);
      this.#values[this.#values.length] = item(raw, nameEnd + 1, valueEnd);
      at = valueEnd + 1;
    }
  }

  /** The list in the form of frame lists. */
  serialize(): string {
    if (this.#raw !== null) return StringPrototypeSlice(this.#raw, this.#rawAt);
    let text = "";
    for (let i = 0; i < this.#names.length; i++) text += this.#names[i] + "\0" + this.#values[i] + "\0";
    return text;
  }

  copy(): HeaderList {
    const list = new HeaderList(this.#raw, this.#rawAt);
    for (let i = 0; i < this.#names.length; i++) {
      list.#names[i] = this.#names[i]!;
      list.#values[i] = this.#values[i]!;
    }
    return list;
  }

  get length(): number {
    this.#open();
    return this.#names.length;
  }

  /** The values of a name joined by a comma, or null. */
  get(name: string): string | null {
    this.#open();
    let joined: string | null = null;
    for (let i = 0; i < this.#names.length; i++) {
      if (this.#names[i] === name) joined = joined === null ? this.#values[i]! : joined + ", " + this.#values[i];
    }
    return joined;
  }

  has(name: string): boolean {
    this.#open();
    for (let i = 0; i < this.#names.length; i++) {
      if (this.#names[i] === name) return true;
    }
    return false;
  }

  all(name: string): string[] {
    this.#open();
    const values: string[] = [];
    for (let i = 0; i < this.#names.length; i++) {
      if (this.#names[i] === name) values[values.length] = this.#values[i]!;
    }
    return values;
  }

  append(name: string, value: string): void {
    this.#open();
    this.#names[this.#names.length] = name;
    this.#values[this.#values.length] = value;
  }

  /** Replaces the first header of a name and drops the others, or appends. */
  set(name: string, value: string): void {
    this.#open();
    for (let i = 0; i < this.#names.length; i++) {
      if (this.#names[i] !== name) continue;
      this.#values[i] = value;
      this.#remove(name, i + 1);
      return;
    }
    this.append(name, value);
  }

  delete(name: string): void {
    this.#open();
    this.#remove(name, 0);
  }

  #remove(name: string, from: number): void {
    let kept = from;
    for (let i = from; i < this.#names.length; i++) {
      if (this.#names[i] === name) continue;
      this.#names[kept] = this.#names[i]!;
      this.#values[kept] = this.#values[i]!;
      kept++;
    }
    this.#names.length = this.#values.length = kept;
  }

  /** Fetch "sort and combine": by name, the values of one name joined, but each Set-Cookie for itself. */
  sorted(): [string, string][] {
    this.#open();
    const names: string[] = [];
    const seen = new SafeMap<string, true>();
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i]!;
      if (seen.has(name)) continue;
      seen.set(name, true);
      names[names.length] = name;
    }
    ArrayPrototypeSort(names);
    const pairs: [string, string][] = [];
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      if (name !== "set-cookie") {
        pairs[pairs.length] = [name, this.get(name)!];
        continue;
      }
      const cookies = this.all(name);
      for (let j = 0; j < cookies.length; j++) pairs[pairs.length] = [name, cookies[j]!];
    }
    return pairs;
  }
}

/** The first argument of a construction by the runtime, which an app cannot have. */
const internal: unknown = { __proto__: null };

let listOf!: (headers: Headers) => HeaderList;
let sortedOf!: (headers: Headers) => readonly (readonly [string, string])[];
let isHeadersObject!: (value: object) => boolean;

export class Headers {
  #list: HeaderList;
  #immutable: boolean;
  /** What iteration goes over, until the list changes. */
  #sorted: [string, string][] | null = null;

  static {
    listOf = (headers) => headers.#list;
    isHeadersObject = (value) => #list in value;
    sortedOf = (headers) => {
      if (!(#list in headers)) illegalInvocation();
      return (headers.#sorted ??= headers.#list.sorted());
    };
  }

  constructor(init: unknown = undefined) {
    if (arguments.length === 3 && arguments[0] === internal) {
      this.#list = arguments[1];
      this.#immutable = arguments[2];
      return;
    }
    this.#list = new HeaderList();
    this.#immutable = false;
    if (init !== undefined) fillHeaders(this.#list, init);
  }

  append(name: unknown, value: unknown): void {
    const list = this.#writable();
    requireArguments(arguments.length, 2, "Headers.append");
    const lower = headerName(ByteString(name, "The header name"));
    list.append(lower, headerValue(ByteString(value, "The header value")));
  }

  delete(name: unknown): void {
    const list = this.#writable();
    requireArguments(arguments.length, 1, "Headers.delete");
    list.delete(headerName(ByteString(name, "The header name")));
  }

  get(name: unknown): string | null {
    const list = this.#readable();
    requireArguments(arguments.length, 1, "Headers.get");
    return list.get(headerName(ByteString(name, "The header name")));
  }

  getSetCookie(): string[] {
    return this.#readable().all("set-cookie");
  }

  has(name: unknown): boolean {
    const list = this.#readable();
    requireArguments(arguments.length, 1, "Headers.has");
    return list.has(headerName(ByteString(name, "The header name")));
  }

  set(name: unknown, value: unknown): void {
    const list = this.#writable();
    requireArguments(arguments.length, 2, "Headers.set");
    const lower = headerName(ByteString(name, "The header name"));
    list.set(lower, headerValue(ByteString(value, "The header value")));
  }

  #readable(): HeaderList {
    if (!(#list in this)) illegalInvocation();
    return this.#list;
  }

  #writable(): HeaderList {
    if (!(#list in this)) illegalInvocation();
    if (this.#immutable) {
      throw new TypeError("These headers cannot be changed; make a new Request or Response of this one and change that");
    }
    this.#sorted = null;
    return this.#list;
  }
}

defineInterface(Headers, "Headers", { enumerable: ["append", "delete", "get", "getSetCookie", "has", "set"], length: 0 });
makeIterable(Headers, "Headers", (self: Headers) => sortedOf(self));
const headersIterator: unknown = (Headers.prototype as any)[SymbolIterator];

/** A Headers object over a list, which the two then share. */
export function newHeaders(list: HeaderList, immutable: boolean): Headers {
  return new (Headers as any)(internal, list, immutable);
}

export function isHeaders(value: unknown): value is Headers {
  return isObject(value) && isHeadersObject(value);
}

export function headerListOf(headers: Headers): HeaderList {
  return listOf(headers);
}

function addPair(list: HeaderList, pair: unknown): void {
  const parts = toSequence(pair, (part) => ByteString(part, "A header"), "A pair of headers");
  if (parts.length !== 2) throw new TypeError("A header is a pair of a name and a value");
  list.append(headerName(parts[0]!), headerValue(parts[1]!));
}

/** Fetch "fill": appends what a HeadersInit holds. */
export function fillHeaders(list: HeaderList, init: unknown): void {
  if (!isObject(init)) throw new TypeError("Headers are given as an object, an iterable of pairs, or Headers");
  const method = getIteratorMethod(init);
  if (method === headersIterator && isHeaders(init)) {
    // What iterating gives, without the arrays that an app could meddle with.
    const pairs = sortedOf(init);
    for (let i = 0; i < pairs.length; i++) list.append(pairs[i]![0], pairs[i]![1]);
    return;
  }
  if (method !== undefined) {
    const pairs = sequenceFrom(init, method, (pair) => pair);
    for (let i = 0; i < pairs.length; i++) addPair(list, pairs[i]);
    return;
  }
  const record = toRecord(init, (key) => ByteString(key, "A header name"), (value) => ByteString(value, "A header value"));
  for (let i = 0; i < record.length; i++) list.append(headerName(record[i]![0]), headerValue(record[i]![1]));
}

/** The list of a HeadersInit; the copy of another Headers' list is taken as it is. */
export function headerListFrom(init: unknown): HeaderList {
  if (init === undefined) return new HeaderList();
  if (isHeaders(init) && !ArrayIsArray(init)) return listOf(init).copy();
  const list = new HeaderList();
  fillHeaders(list, init);
  return list;
}

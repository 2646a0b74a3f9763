// URLSearchParams: https://url.spec.whatwg.org/#interface-urlsearchparams

import { ArrayPrototypeSort, TypeError } from "../core/primordials.ts";
import {
  defineInterface,
  getIteratorMethod,
  illegalInvocation,
  isObject,
  makeIterable,
  requireArguments,
  sequenceFrom,
  toRecord,
  toSequence,
  USVString,
} from "../core/webidl.ts";
import { withoutPrefix } from "./setters.ts";
import { type Pair, parseURLEncoded, serializeURLEncoded } from "./urlencoded.ts";

/** Called with the new query of the URL whose parameters have changed. */
type OnChange = (query: string | null) => void;

let pairsOf: (params: URLSearchParams) => readonly Pair[];
let bind: (params: URLSearchParams, query: string | null, onChange: OnChange) => void;

/** The live list of an object's pairs. Throws for what is no URLSearchParams. */
export const searchParamsPairs = (params: URLSearchParams): readonly Pair[] => pairsOf(params);

/** Makes params those of a URL with a query; replaces what they held. */
export const bindSearchParams = (params: URLSearchParams, query: string | null, onChange: OnChange): void =>
  bind(params, query, onChange);

export class URLSearchParams {
  #list: Pair[] = [];
  #onChange: OnChange | null = null;

  static {
    pairsOf = (params) => (#list in params ? params.#list : illegalInvocation());
    bind = (params, query, onChange) => {
      params.#list = query === null ? [] : parseURLEncoded(query);
      params.#onChange = onChange;
    };
  }

  constructor(init: unknown = undefined) {
    if (init !== undefined) this.#list = pairsFrom(init);
  }

  get size(): number {
    if (!(#list in this)) illegalInvocation();
    return this.#list.length;
  }

  append(name: unknown, value: unknown): void {
    if (!(#list in this)) illegalInvocation();
    requireArguments(arguments.length, 2, "URLSearchParams.append");
    this.#list[this.#list.length] = [USVString(name), USVString(value)];
    this.#update();
  }

  delete(name: unknown, value: unknown = undefined): void {
    if (!(#list in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "URLSearchParams.delete");
    const key = USVString(name);
    const only = value === undefined ? undefined : USVString(value);
    this.#removeFrom(0, key, only);
    this.#update();
  }

  get(name: unknown): string | null {
    if (!(#list in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "URLSearchParams.get");
    const at = this.#find(USVString(name));
    return at < 0 ? null : this.#list[at]![1];
  }

  getAll(name: unknown): string[] {
    if (!(#list in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "URLSearchParams.getAll");
    const key = USVString(name);
    const values: string[] = [];
    for (let i = 0; i < this.#list.length; i++) {
      const pair = this.#list[i]!;
      if (pair[0] === key) values[values.length] = pair[1];
    }
    return values;
  }

  has(name: unknown, value: unknown = undefined): boolean {
    if (!(#list in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "URLSearchParams.has");
    const key = USVString(name);
    return this.#find(key, value === undefined ? undefined : USVString(value)) >= 0;
  }

  set(name: unknown, value: unknown): void {
    if (!(#list in this)) illegalInvocation();
    requireArguments(arguments.length, 2, "URLSearchParams.set");
    const key = USVString(name);
    const text = USVString(value);
    const at = this.#find(key);
    if (at < 0) {
      this.#list[this.#list.length] = [key, text];
    } else {
      this.#list[at]![1] = text;
      this.#removeFrom(at + 1, key, undefined);
    }
    this.#update();
  }

  sort(): void {
    if (!(#list in this)) illegalInvocation();
    ArrayPrototypeSort(this.#list, (a: Pair, b: Pair) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#update();
  }

  toString(): string {
    if (!(#list in this)) illegalInvocation();
    return serializeURLEncoded(this.#list);
  }

  /** The index of the first pair of a name (and of a value, if given), or -1. */
  #find(name: string, value?: string): number {
    for (let i = 0; i < this.#list.length; i++) {
      const pair = this.#list[i]!;
      if (pair[0] === name && (value === undefined || pair[1] === value)) return i;
    }
    return -1;
  }

  /** Removes the pairs of a name (and of a value, if given) from an index on. */
  #removeFrom(index: number, name: string, value: string | undefined): void {
    const list = this.#list;
    let kept = index;
    for (let i = index; i < list.length; i++) {
      const pair = list[i]!;
      if (pair[0] !== name || (value !== undefined && pair[1] !== value)) list[kept++] = pair;
    }
    list.length = kept;
  }

  #update(): void {
    if (this.#onChange === null) return;
    const query = serializeURLEncoded(this.#list);
    this.#onChange(query === "" ? null : query);
  }
}

/** The pairs of the constructor's argument: a sequence of pairs, a record, or a string. */
function pairsFrom(init: unknown): Pair[] {
  if (!isObject(init)) return parseURLEncoded(withoutPrefix(USVString(init), 0x3f));
  const iterate = getIteratorMethod(init);
  const what = "URLSearchParams: the argument";
  return iterate === undefined ? toRecord(init, USVString, USVString, what) : sequenceFrom(init, iterate, toPair);
}

function toPair(value: unknown): Pair {
  const pair = toSequence(value, USVString, "URLSearchParams: an entry of the argument");
  if (pair.length !== 2) {
    throw new TypeError(`URLSearchParams: an entry of the argument has ${pair.length} items instead of a name and a value`);
  }
  return pair as Pair;
}

defineInterface(URLSearchParams, "URLSearchParams", {
  enumerable: ["size", "append", "delete", "get", "getAll", "has", "set", "sort", "toString"],
});
makeIterable(URLSearchParams, "URLSearchParams", searchParamsPairs);

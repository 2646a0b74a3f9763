// Web IDL's conversions and bindings: what turns a class into a Web interface.
// https://webidl.spec.whatwg.org/ — section names stand in the comments.

import {
  ArrayBufferIsView,
  ArrayBufferPrototypeGetDetached,
  ArrayIsArray,
  Array,
  DataViewPrototypeGetBuffer,
  DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset,
  MathFloor,
  MathTrunc,
  NumberIsFinite,
  ObjectDefineProperty,
  ObjectFreeze,
  ObjectPrototypePropertyIsEnumerable,
  ObjectSetPrototypeOf,
  ReflectApply,
  ReflectGetOwnPropertyDescriptor,
  ReflectGetPrototypeOf,
  ReflectOwnKeys,
  SafeMap,
  SafeWeakMap,
  StringPrototypeCharCodeAt,
  StringPrototypeToWellFormed,
  SymbolIterator,
  SymbolToStringTag,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetTag,
  TypeError,
  Uint8Array,
} from "./primordials.ts";

const { kindOf } = __host;
const global = globalThis;

// --- Calls -----------------------------------------------------------------

/** Throws the TypeError of a method or accessor called on a foreign object. Ends a failed brand check. */
export function illegalInvocation(): never {
  throw new TypeError("Illegal invocation");
}

/** Throws a TypeError when fewer arguments than needed were given to what, as in "Headers.append". */
export function requireArguments(given: number, needed: number, what: string): void {
  if (given < needed) {
    throw new TypeError(`${what}: ${needed} argument${needed === 1 ? "" : "s"} required, but only ${given} present`);
  }
}

/** Whether a value is an Object in ECMAScript's sense: an object or a function. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" ? value !== null : typeof value === "function";
}

/** A callback function: the value itself, or a TypeError. */
export function callbackFunction<F = (...args: any[]) => any>(value: unknown, what: string): F {
  if (typeof value !== "function") throw new TypeError(`${what} is not a function`);
  return value as F;
}

// --- Strings and enumerations ----------------------------------------------

export function DOMString(value: unknown): string {
  return typeof value === "string" ? value : `${value as string}`;
}

/** A string of Unicode scalar values: lone surrogates become U+FFFD. */
export function USVString(value: unknown): string {
  return StringPrototypeToWellFormed(typeof value === "string" ? value : `${value as string}`);
}

/** A string whose code units are bytes; a TypeError that names what otherwise. */
export function ByteString(value: unknown, what = "The value"): string {
  const text = typeof value === "string" ? value : `${value as string}`;
  for (let i = 0; i < text.length; i++) {
    if (StringPrototypeCharCodeAt(text, i) > 0xff) {
      throw new TypeError(`${what} is not a byte string: it has a character above U+00FF`);
    }
  }
  return text;
}

/** An enumeration: the value's string when it is one of those allowed, or a TypeError. */
export function enumValue<T extends string>(value: unknown, allowed: readonly T[], what: string): T {
  const text = DOMString(value);
  for (let i = 0; i < allowed.length; i++) {
    if (allowed[i] === text) return text as T;
  }
  throw new TypeError(`${what}: '${text}' is not one of its values`);
}

// --- Numbers and booleans --------------------------------------------------

export function boolean(value: unknown): boolean {
  return !!value;
}

export function unrestrictedDouble(value: unknown): number {
  return +(value as number);
}

/** A finite number, or a TypeError. */
export function double(value: unknown, what = "The value"): number {
  const number = +(value as number);
  if (!NumberIsFinite(number)) throw new TypeError(`${what} is not a finite number`);
  return number;
}

export function octet(value: unknown): number {
  return +(value as number) & 0xff;
}

export function unsignedShort(value: unknown): number {
  return +(value as number) & 0xffff;
}

export function long(value: unknown): number {
  return +(value as number) | 0;
}

export function unsignedLong(value: unknown): number {
  return +(value as number) >>> 0;
}

const two63 = 2 ** 63;
const two64 = 2 ** 64;
const maxSafe = 2 ** 53 - 1;

export function unsignedLongLong(value: unknown): number {
  const number = +(value as number);
  if (!NumberIsFinite(number)) return 0;
  const rest = MathTrunc(number) % two64;
  return rest < 0 ? rest + two64 : rest + 0;
}

export function longLong(value: unknown): number {
  const number = +(value as number);
  if (!NumberIsFinite(number)) return 0;
  const rest = MathTrunc(number) % two64;
  if (rest >= two63) return rest - two64;
  return rest < -two63 ? rest + two64 : rest + 0;
}

/** ConvertToInt with [EnforceRange]. */
function enforceRange(value: unknown, min: number, max: number, what: string): number {
  const number = +(value as number);
  const whole = MathTrunc(number) + 0;
  if (!(whole >= min && whole <= max)) throw new TypeError(`${what} is outside the range ${min} to ${max}`);
  return whole;
}

/** ConvertToInt with [Clamp]: the nearest integer in range, ties to even, 0 for NaN. */
function clamp(value: unknown, min: number, max: number): number {
  const number = +(value as number);
  if (number !== number) return 0;
  if (number <= min) return min;
  if (number >= max) return max;
  const floor = MathFloor(number);
  const over = number - floor;
  const up = over > 0.5 || (over === 0.5 && floor % 2 !== 0);
  return (up ? floor + 1 : floor) + 0;
}

export function unsignedShortEnforceRange(value: unknown, what = "The value"): number {
  return enforceRange(value, 0, 0xffff, what);
}

export function unsignedLongEnforceRange(value: unknown, what = "The value"): number {
  return enforceRange(value, 0, 0xffffffff, what);
}

export function unsignedLongLongEnforceRange(value: unknown, what = "The value"): number {
  return enforceRange(value, 0, maxSafe, what);
}

export function longEnforceRange(value: unknown, what = "The value"): number {
  return enforceRange(value, -0x80000000, 0x7fffffff, what);
}

export function longLongEnforceRange(value: unknown, what = "The value"): number {
  return enforceRange(value, -maxSafe, maxSafe, what);
}

export function unsignedShortClamp(value: unknown): number {
  return clamp(value, 0, 0xffff);
}

export function unsignedLongClamp(value: unknown): number {
  return clamp(value, 0, 0xffffffff);
}

export function unsignedLongLongClamp(value: unknown): number {
  return clamp(value, 0, maxSafe);
}

export function longClamp(value: unknown): number {
  return clamp(value, -0x80000000, 0x7fffffff);
}

export function longLongClamp(value: unknown): number {
  return clamp(value, -maxSafe, maxSafe);
}

// --- Buffer sources --------------------------------------------------------

/** Whether a value is an ArrayBuffer, detached ones included; never a SharedArrayBuffer. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return typeof value === "object" && value !== null && kindOf(value) === "ArrayBuffer";
}

/** Whether a value is of the type BufferSource: an ArrayBuffer, a typed array or a DataView. */
export function isBufferSource(value: unknown): value is ArrayBuffer | ArrayBufferView {
  return ArrayBufferIsView(value) || isArrayBuffer(value);
}

/**
 * The bytes of a BufferSource as a view of the same memory; empty when it is
 * detached. A TypeError for anything else, and for shared memory, which a
 * BufferSource without [AllowShared] must not have.
 */
export function bufferSource(value: unknown, what = "The value"): Uint8Array<ArrayBuffer> {
  if (!ArrayBufferIsView(value)) {
    if (!isArrayBuffer(value)) throw new TypeError(`${what} is not an ArrayBuffer or a view of one`);
    return ArrayBufferPrototypeGetDetached(value) ? new Uint8Array(0) : new Uint8Array(value);
  }
  const typed = TypedArrayPrototypeGetTag(value) !== undefined;
  const buffer = typed ? TypedArrayPrototypeGetBuffer(value) : DataViewPrototypeGetBuffer(value);
  if (isDetached(buffer, what)) return new Uint8Array(0);
  return typed
    ? new Uint8Array(buffer, TypedArrayPrototypeGetByteOffset(value), TypedArrayPrototypeGetByteLength(value))
    : new Uint8Array(buffer, DataViewPrototypeGetByteOffset(value), DataViewPrototypeGetByteLength(value));
}

/** Whether the buffer of a view is detached. Throws for shared memory, which has no such property: faster than asking what kind it is. */
function isDetached(buffer: ArrayBuffer, what: string): boolean {
  try {
    return ArrayBufferPrototypeGetDetached(buffer);
  } catch {
    throw new TypeError(`${what} is a view of shared memory, which is not allowed here`);
  }
}

// --- Sequences, records, dictionaries --------------------------------------

const ArrayPrototypeValues = Array.prototype[SymbolIterator];
const ArrayIteratorPrototype = ReflectGetPrototypeOf([][SymbolIterator]())! as { next: unknown };
const ArrayIteratorNext = ArrayIteratorPrototype.next;

/** GetMethod(value, @@iterator): undefined when there is none, a TypeError when it is no function. */
export function getIteratorMethod(value: object): (() => Iterator<unknown>) | undefined {
  const method = (value as any)[SymbolIterator];
  if (method === undefined || method === null) return undefined;
  if (typeof method !== "function") throw new TypeError("Symbol.iterator is not a function");
  return method;
}

/** A sequence<T>: every value of an iterable object, converted. This is the one place that iterates what an app gives. */
export function toSequence<T>(iterable: unknown, convert: (value: unknown) => T, what = "The value"): T[] {
  const method = isObject(iterable) ? getIteratorMethod(iterable) : undefined;
  if (method === undefined) throw new TypeError(`${what} is not iterable, so it cannot be a sequence`);
  return sequenceFrom(iterable as object, method, convert);
}

/** Creates a sequence from an iterable and its iterator method, for callers which had to look at the method first. */
export function sequenceFrom<T>(iterable: object, method: () => Iterator<unknown>, convert: (value: unknown) => T): T[] {
  const list: T[] = [];
  if (method === ArrayPrototypeValues && ArrayIsArray(iterable) && ArrayIteratorPrototype.next === ArrayIteratorNext) {
    // Nobody can tell this from the protocol, and it is many times as fast.
    for (let i = 0; i < iterable.length; i++) list[i] = convert(iterable[i]);
    return list;
  }
  const iterator = ReflectApply(method, iterable, []) as { next: () => unknown };
  if (!isObject(iterator)) throw new TypeError("Symbol.iterator did not return an object");
  const next = iterator.next;
  for (;;) {
    const result = ReflectApply(next, iterator, []) as { done: unknown; value: unknown };
    if (!isObject(result)) throw new TypeError("The iterator's next() did not return an object");
    if (result.done) return list;
    list[list.length] = convert(result.value);
  }
}

/** A record<K, V> as its entries in order; of keys that became equal, the first place with the last value. */
export function toRecord<V>(
  value: unknown,
  keyConvert: (key: unknown) => string,
  valueConvert: (value: unknown) => V,
  what = "The value",
): [string, V][] {
  if (!isObject(value)) throw new TypeError(`${what} is not an object, so it cannot be a record`);
  const keys = ReflectOwnKeys(value);
  const entries: [string, V][] = [];
  let renamed = false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (!ObjectPrototypePropertyIsEnumerable(value, key)) continue;
    const name = keyConvert(key);
    if (name !== key) renamed = true;
    entries[entries.length] = [name, valueConvert((value as any)[key])];
  }
  return renamed ? mergeEqualKeys(entries) : entries;
}

function mergeEqualKeys<V>(entries: [string, V][]): [string, V][] {
  const places = new SafeMap<string, number>();
  const merged: [string, V][] = [];
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    const place = places.get(entry[0]);
    if (place !== undefined) {
      merged[place] = entry;
      continue;
    }
    places.set(entry[0], merged.length);
    merged[merged.length] = entry;
  }
  return merged;
}

const emptyDictionary: Readonly<Record<string, unknown>> = ObjectFreeze({ __proto__: null }) as never;

/**
 * The object to read a dictionary's members from: an empty one for undefined
 * and null, a TypeError for other primitives. Read each member once, in
 * lexicographical order, and take undefined as absent.
 */
export function dictionary(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return emptyDictionary;
  if (!isObject(value)) throw new TypeError(`${what} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}

// --- Interfaces ------------------------------------------------------------

type Class = (abstract new (...args: any[]) => any) & { prototype: object };

/** What defineInterface does to a class besides naming it. */
export interface InterfaceShape {
  /** Attributes and operations of the prototype. */
  enumerable?: readonly string[];
  /** Static attributes and operations. */
  static?: readonly string[];
  /** Constants, which land on the class and its prototype. */
  constants?: Readonly<Record<string, number>>;
  /** The constructor's length, where the class's own parameters do not say it. */
  length?: number;
}

/** The prototypes of all interfaces, with their names. */
const interfacePrototypes = new SafeWeakMap<object, string>();

/** The interface of the runtime from which an object inherits, itself or through a class of the app; undefined for others. */
export function interfaceOf(object: object): string | undefined {
  for (let at = ReflectGetPrototypeOf(object); at !== null; at = ReflectGetPrototypeOf(at)) {
    const name = interfacePrototypes.get(at);
    if (name !== undefined) return name;
    if (kindOf(at) === "Proxy") return undefined; // Asking for its prototype would run code of the app.
  }
  return undefined;
}

/** Gives a class the look of a Web interface; it does not make it a global. */
export function defineInterface(klass: Class, name: string, shape: InterfaceShape = {}): void {
  const { enumerable = [], static: statics = [], constants, length } = shape;
  interfacePrototypes.set(klass.prototype, name);
  define(klass, "name", name, false, false);
  if (length !== undefined) define(klass, "length", length, false, false);
  define(klass.prototype, SymbolToStringTag, name, false, false);
  for (let i = 0; i < enumerable.length; i++) makeEnumerable(klass.prototype, enumerable[i]!);
  for (let i = 0; i < statics.length; i++) makeEnumerable(klass, statics[i]!);
  if (constants !== undefined) defineConstants(klass, constants);
}

function define(target: object, key: PropertyKey, value: unknown, writable: boolean, enumerable: boolean): void {
  ObjectDefineProperty(target, key, { __proto__: null, value, writable, enumerable, configurable: true } as never);
}

function makeEnumerable(target: object, key: string): void {
  const property = ReflectGetOwnPropertyDescriptor(target, key);
  if (property === undefined) throw new TypeError(`defineInterface: there is no member '${key}'`);
  property.enumerable = true;
  ObjectDefineProperty(target, key, property);
}

function defineConstants(klass: Class, constants: Readonly<Record<string, number>>): void {
  const names = ReflectOwnKeys(constants);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const property = { __proto__: null, value: constants[name], writable: false, enumerable: true, configurable: false };
    ObjectDefineProperty(klass, name, property);
    ObjectDefineProperty(klass.prototype, name, property);
  }
}

/** Sets a global as an interface object is: writable and configurable, not enumerable. */
export function defineGlobal(name: string, value: unknown): void {
  define(global, name, value, true, false);
}

/** Sets a global function or attribute of the global scope: like defineGlobal, but enumerable. */
export function defineGlobalMember(name: string, value: unknown): void {
  if (typeof value === "function") define(value, "name", name, false, false); // which the bundler may have changed
  define(global, name, value, true, true);
}

/** Sets an attribute of the global scope that is computed: enumerable and configurable; without a setter it is read-only. */
export function defineGlobalAccessor(name: string, get: () => unknown, set?: (value: unknown) => void): void {
  define(get, "name", `get ${name}`, false, false);
  if (set !== undefined) define(set, "name", `set ${name}`, false, false);
  ObjectDefineProperty(global, name, { __proto__: null, get, set, enumerable: true, configurable: true } as never);
}

// --- Pair iterators ---------------------------------------------------------

type Pairs = readonly (readonly [unknown, unknown])[];

const IteratorPrototype = ReflectGetPrototypeOf(ArrayIteratorPrototype)!;

/**
 * Gives a class entries, keys, values, forEach and @@iterator, as Web IDL's
 * iterable<K, V> says. entriesOf returns the pairs that the object has now and
 * is called for every step, so keep it cheap (return the live list, or cache);
 * it must end in illegalInvocation for an object that is not of the class.
 */
export function makeIterable<T>(klass: Class, name: string, entriesOf: (self: T) => Pairs): void {
  const PairIterator = newPairIterator(name, entriesOf);
  const methods = {
    entries(this: T) {
      entriesOf(this);
      return new PairIterator(this, pairEntry);
    },
    keys(this: T) {
      entriesOf(this);
      return new PairIterator(this, pairKey);
    },
    values(this: T) {
      entriesOf(this);
      return new PairIterator(this, pairValue);
    },
    forEach(this: T, callback: unknown, thisArg: unknown = undefined) {
      entriesOf(this);
      requireArguments(arguments.length, 1, `${name}.forEach`);
      const call = callbackFunction(callback, `${name}.forEach: the callback`);
      let pairs = entriesOf(this);
      for (let i = 0; i < pairs.length; i++) {
        const pair = pairs[i]!;
        ReflectApply(call, thisArg, [pair[1], pair[0], this]);
        pairs = entriesOf(this);
      }
    },
  };
  const prototype = klass.prototype;
  define(prototype, "entries", methods.entries, true, true);
  define(prototype, "keys", methods.keys, true, true);
  define(prototype, "values", methods.values, true, true);
  define(prototype, "forEach", methods.forEach, true, true);
  define(prototype, SymbolIterator, methods.entries, true, false);
}

type Pick = (pair: readonly [unknown, unknown]) => unknown;
const pairEntry: Pick = (pair) => [pair[0], pair[1]];
const pairKey: Pick = (pair) => pair[0];
const pairValue: Pick = (pair) => pair[1];

/** The class of an interface's default iterator objects; its prototype is the "NAME Iterator" prototype object. */
function newPairIterator<T>(name: string, entriesOf: (self: T) => Pairs) {
  class PairIterator {
    #target: T;
    #pick: Pick;
    #index = 0;

    constructor(target: T, pick: Pick) {
      this.#target = target;
      this.#pick = pick;
    }

    next(): { value: unknown; done: boolean } {
      if (!(#index in this)) illegalInvocation();
      const pairs = entriesOf(this.#target);
      if (this.#index >= pairs.length) return { value: undefined, done: true };
      return { value: this.#pick(pairs[this.#index++]!), done: false };
    }
  }
  const prototype = PairIterator.prototype;
  ObjectSetPrototypeOf(prototype, IteratorPrototype);
  interfacePrototypes.set(prototype, `${name} Iterator`);
  makeEnumerable(prototype, "next");
  define(prototype, SymbolToStringTag, `${name} Iterator`, false, false);
  delete (prototype as { constructor?: unknown }).constructor;
  return PairIterator;
}

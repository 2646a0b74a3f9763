// The built-ins that the runtime itself relies on, captured before any app runs,
// so that an app which overwrites Array.prototype.push breaks only itself.
//
// Rules for code in the runtime:
//   - call a built-in method through its capture: ArrayPrototypeJoin(list, ",")
//   - append with list[list.length] = x, walk arrays with an index
//   - no for-of, spread or destructuring of iterables: they go through
//     Symbol.iterator, which an app can replace; `await` of a native promise is safe
//   - constructors (TypeError, Uint8Array, Promise …) are imported from here, too
//   - Map and Set only as SafeMap and SafeSet, whose methods are their own

type AnyFunction = (...args: any[]) => any;

// Constructors, under their own names: import those that a module calls, for
// the global of that name is the app's to replace.
export const Array = globalThis.Array;
export const ArrayBuffer = globalThis.ArrayBuffer;
export const BigInt = globalThis.BigInt;
export const DataView = globalThis.DataView;
export const Error = globalThis.Error;
export const Promise = globalThis.Promise;
export const RangeError = globalThis.RangeError;
export const RegExp = globalThis.RegExp;
export const SyntaxError = globalThis.SyntaxError;
export const TypeError = globalThis.TypeError;
export const Uint8Array = globalThis.Uint8Array;

const { bind, call } = Function.prototype;
const bindCall = bind.bind(call) as (fn: AnyFunction) => AnyFunction;

/** Turns a method into a function that takes `this` as its first argument. */
export function uncurryThis<F extends AnyFunction>(fn: F): (self: any, ...args: Parameters<F>) => ReturnType<F> {
  return bindCall(fn) as never;
}

/** The getter of an accessor property, as a function of `this`. */
export function uncurryGetter<T = any>(prototype: object, key: PropertyKey): (self: any) => T {
  return bindCall(ReflectGetOwnPropertyDescriptor(prototype, key)!.get!) as never;
}

export const ReflectApply = Reflect.apply;
export const ReflectConstruct = Reflect.construct;
export const ReflectDefineProperty = Reflect.defineProperty;
export const ReflectGet = Reflect.get;
export const ReflectGetOwnPropertyDescriptor = Reflect.getOwnPropertyDescriptor;
export const ReflectGetPrototypeOf = Reflect.getPrototypeOf;
export const ReflectHas = Reflect.has;
export const ReflectOwnKeys = Reflect.ownKeys;
export const ReflectSetPrototypeOf = Reflect.setPrototypeOf;

export const ObjectAssign = Object.assign;
export const ObjectCreate = Object.create;
export const ObjectDefineProperties = Object.defineProperties;
export const ObjectDefineProperty = Object.defineProperty;
export const ObjectEntries = Object.entries;
export const ObjectFreeze = Object.freeze;
export const ObjectGetOwnPropertyDescriptor = Object.getOwnPropertyDescriptor;
export const ObjectGetOwnPropertyNames = Object.getOwnPropertyNames;
export const ObjectGetOwnPropertySymbols = Object.getOwnPropertySymbols;
export const ObjectGetPrototypeOf = Object.getPrototypeOf;
export const ObjectKeys = Object.keys;
export const ObjectPrototypeHasOwnProperty = uncurryThis(Object.prototype.hasOwnProperty);
export const ObjectPrototypePropertyIsEnumerable = uncurryThis(Object.prototype.propertyIsEnumerable);
export const ObjectPrototypeToString = uncurryThis(Object.prototype.toString);
export const ObjectSetPrototypeOf = Object.setPrototypeOf;
export const ObjectPrototype = Object.prototype;

export const ArrayFrom = Array.from;
export const ArrayIsArray = Array.isArray;
export const ArrayPrototypeConcat = uncurryThis(Array.prototype.concat);
export const ArrayPrototypeIncludes = uncurryThis(Array.prototype.includes);
export const ArrayPrototypeIndexOf = uncurryThis(Array.prototype.indexOf);
export const ArrayPrototypeJoin = uncurryThis(Array.prototype.join);
export const ArrayPrototypeMap: <T, U>(list: readonly T[], fn: (value: T, index: number) => U) => U[] =
  uncurryThis(Array.prototype.map) as never;
export const ArrayPrototypeShift = uncurryThis(Array.prototype.shift);
export const ArrayPrototypeSlice: <T>(list: readonly T[], start?: number, end?: number) => T[] =
  uncurryThis(Array.prototype.slice) as never;
export const ArrayPrototypeSort = uncurryThis(Array.prototype.sort);
export const ArrayPrototypeSplice = uncurryThis(Array.prototype.splice);
export const ArrayPrototypeUnshift = uncurryThis(Array.prototype.unshift);
export const ArrayPrototypePop = uncurryThis(Array.prototype.pop);
export const ArrayPrototypeReverse = uncurryThis(Array.prototype.reverse);

export const StringFromCharCode = String.fromCharCode;
export const StringFromCodePoint = String.fromCodePoint;
export const StringPrototypeCharCodeAt = uncurryThis(String.prototype.charCodeAt) as (s: string, i: number) => number;
export const StringPrototypeCodePointAt = uncurryThis(String.prototype.codePointAt) as (s: string, i: number) => number | undefined;
export const StringPrototypeEndsWith = uncurryThis(String.prototype.endsWith);
export const StringPrototypeIncludes = uncurryThis(String.prototype.includes);
export const StringPrototypeIndexOf = uncurryThis(String.prototype.indexOf);
export const StringPrototypeLastIndexOf = uncurryThis(String.prototype.lastIndexOf);
export const StringPrototypePadEnd = uncurryThis(String.prototype.padEnd);
export const StringPrototypePadStart = uncurryThis(String.prototype.padStart);
export const StringPrototypeRepeat = uncurryThis(String.prototype.repeat);
export const StringPrototypeSlice = uncurryThis(String.prototype.slice);
export const StringPrototypeStartsWith = uncurryThis(String.prototype.startsWith);
export const StringPrototypeToLowerCase = uncurryThis(String.prototype.toLowerCase);
export const StringPrototypeToUpperCase = uncurryThis(String.prototype.toUpperCase);
export const StringPrototypeIsWellFormed = uncurryThis((String.prototype as any).isWellFormed) as (s: string) => boolean;
export const StringPrototypeToWellFormed = uncurryThis((String.prototype as any).toWellFormed) as (s: string) => string;
export const StringPrototypeTrim = uncurryThis(String.prototype.trim);

export const SymbolAsyncIterator: typeof Symbol.asyncIterator = Symbol.asyncIterator;
export const SymbolFor = Symbol.for;
export const SymbolIterator: typeof Symbol.iterator = Symbol.iterator;
export const SymbolToStringTag: typeof Symbol.toStringTag = Symbol.toStringTag;
export const SymbolPrototypeToString = uncurryThis(Symbol.prototype.toString);

export const NumberIsFinite = Number.isFinite;
export const NumberIsInteger = Number.isInteger;
export const NumberIsNaN = Number.isNaN;
export const NumberPrototypeToString = uncurryThis(Number.prototype.toString);
export const MathCeil = Math.ceil;
export const MathFloor = Math.floor;
export const MathMax = Math.max;
export const MathMin = Math.min;
export const MathRound = Math.round;
export const MathTrunc = Math.trunc;
export const BigIntPrototypeToString = uncurryThis(BigInt.prototype.toString);

export const JSONParse = JSON.parse;
export const JSONStringify = JSON.stringify;
export const DateNow = Date.now;
export const DatePrototypeGetTime = uncurryThis(Date.prototype.getTime);
export const DatePrototypeToISOString = uncurryThis(Date.prototype.toISOString);
export const NumberParseFloat = Number.parseFloat;
export const NumberParseInt = Number.parseInt;
export const BigIntPrototypeValueOf = uncurryThis(BigInt.prototype.valueOf);
export const BooleanPrototypeValueOf = uncurryThis(Boolean.prototype.valueOf);
export const NumberPrototypeValueOf = uncurryThis(Number.prototype.valueOf);
export const StringPrototypeValueOf = uncurryThis(String.prototype.valueOf);
export const SymbolPrototypeValueOf = uncurryThis(Symbol.prototype.valueOf);
export const ErrorCaptureStackTrace: (object: object, above: AnyFunction) => void = (Error as any).captureStackTrace;

export const RegExpPrototypeExec = uncurryThis(RegExp.prototype.exec);
export const RegExpPrototypeTest = (pattern: RegExp, text: string): boolean => RegExpPrototypeExec(pattern, text) !== null;

export const FunctionPrototypeToString = uncurryThis(Function.prototype.toString);
export const FunctionPrototypeBind = uncurryThis(Function.prototype.bind);

export const ArrayBufferIsView = ArrayBuffer.isView;
export const ArrayBufferPrototypeGetByteLength = uncurryGetter<number>(ArrayBuffer.prototype, "byteLength");
export const ArrayBufferPrototypeGetDetached = uncurryGetter<boolean>(ArrayBuffer.prototype, "detached");
export const ArrayBufferPrototypeGetResizable = uncurryGetter<boolean>(ArrayBuffer.prototype, "resizable");
export const ArrayBufferPrototypeSlice = uncurryThis(ArrayBuffer.prototype.slice);
export const ArrayBufferPrototypeTransfer = uncurryThis((ArrayBuffer.prototype as any).transfer) as (
  buffer: ArrayBuffer,
  length?: number,
) => ArrayBuffer;

const TypedArrayPrototype = ReflectGetPrototypeOf(Uint8Array.prototype)!;
export const TypedArrayPrototypeFill = uncurryThis(Uint8Array.prototype.fill);
export const TypedArrayPrototypeGetBuffer = uncurryGetter<ArrayBuffer>(TypedArrayPrototype, "buffer");
export const TypedArrayPrototypeGetByteLength = uncurryGetter<number>(TypedArrayPrototype, "byteLength");
export const TypedArrayPrototypeGetByteOffset = uncurryGetter<number>(TypedArrayPrototype, "byteOffset");
export const TypedArrayPrototypeGetLength = uncurryGetter<number>(TypedArrayPrototype, "length");
export const TypedArrayPrototypeGetTag = uncurryGetter<string | undefined>(TypedArrayPrototype, Symbol.toStringTag);
export const TypedArrayPrototypeIndexOf = uncurryThis(Uint8Array.prototype.indexOf);
export const TypedArrayPrototypeSet = uncurryThis(Uint8Array.prototype.set);
export const TypedArrayPrototypeSlice = uncurryThis(Uint8Array.prototype.slice) as (
  a: Uint8Array,
  start?: number,
  end?: number,
) => Uint8Array<ArrayBuffer>;
export const TypedArrayPrototypeSubarray = uncurryThis(Uint8Array.prototype.subarray) as (
  a: Uint8Array,
  start?: number,
  end?: number,
) => Uint8Array<ArrayBuffer>;
export const DataViewPrototypeGetBuffer = uncurryGetter<ArrayBuffer>(DataView.prototype, "buffer");
export const DataViewPrototypeGetByteLength = uncurryGetter<number>(DataView.prototype, "byteLength");
export const DataViewPrototypeGetByteOffset = uncurryGetter<number>(DataView.prototype, "byteOffset");

export const PromiseResolve: <T>(value: T | PromiseLike<T>) => Promise<Awaited<T>> = Promise.resolve.bind(Promise) as never;
export const PromiseReject: (reason: unknown) => Promise<never> = Promise.reject.bind(Promise) as never;
export const PromisePrototypeThen: <T, R = void>(
  promise: Promise<T>,
  onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
  onRejected?: ((reason: any) => R | PromiseLike<R>) | null,
) => Promise<R> = uncurryThis(Promise.prototype.then) as never;

/** A promise with its resolving functions. */
export interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T | PromiseLike<T>): void;
  reject(reason: unknown): void;
}

/** Promise.withResolvers, out of an app's reach. */
export function newDeferred<T>(): Deferred<T> {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Gives a subclass copies of its parent's methods, so that patches to the parent do not reach it. */
function makeSafe<C extends { prototype: object }>(unsafe: { prototype: object }, safe: C): C {
  const keys = ReflectOwnKeys(unsafe.prototype);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (key !== "constructor" && !ObjectPrototypeHasOwnProperty(safe.prototype, key)) {
      ReflectDefineProperty(safe.prototype, key, ReflectGetOwnPropertyDescriptor(unsafe.prototype, key)!);
    }
  }
  ObjectSetPrototypeOf(safe.prototype, null);
  ObjectFreeze(safe.prototype);
  return safe;
}

export const SafeMap = makeSafe(Map, class SafeMap<K, V> extends Map<K, V> {});
export const SafeSet = makeSafe(Set, class SafeSet<T> extends Set<T> {});
export const SafeWeakMap = makeSafe(WeakMap, class SafeWeakMap<K extends WeakKey, V> extends WeakMap<K, V> {});
export const SafeWeakSet = makeSafe(WeakSet, class SafeWeakSet<T extends WeakKey> extends WeakSet<T> {});

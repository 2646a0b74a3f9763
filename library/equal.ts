// Whether two values are equal in depth, as assert and util say it.
import { kindOf } from "hedge:runtime";

type Pairs = [object, object][];

/** Strict: Object.is for primitives, and the same prototypes. Otherwise == for primitives. */
export function deepEqual(a: any, b: any, strict: boolean, open: Pairs = []): boolean {
  if (strict ? Object.is(a, b) : a === b || (a !== a && b !== b)) return true;
  if (!isObject(a) || !isObject(b)) return !strict && !isObject(a) && !isObject(b) && a == b;
  if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (kindOf(a) !== kindOf(b)) return false;
  // Of what is being compared already nothing more can be found out.
  if (open.some(([x, y]) => x === a && y === b)) return true;
  open.push([a, b]);
  const equal = sameContent(a, b, strict, open) && sameProperties(a, b, strict, open);
  open.pop();
  return equal;
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}

/** What an object is beside its properties. */
function sameContent(a: object, b: object, strict: boolean, open: Pairs): boolean {
  switch (kindOf(a)) {
    case "Date":
      return Object.is((a as Date).getTime(), (b as Date).getTime());
    case "RegExp":
      return String(a) === String(b) && (a as RegExp).lastIndex === (b as RegExp).lastIndex;
    case "Error":
      return (a as Error).message === (b as Error).message && (a as Error).name === (b as Error).name && deepEqual((a as Error).cause, (b as Error).cause, strict, open);
    case "Boolean":
    case "Number":
    case "String":
    case "BigInt":
    case "Symbol":
      return Object.is(a.valueOf(), b.valueOf());
    case "Map":
      return sameMaps(a as Map<unknown, unknown>, b as Map<unknown, unknown>, strict, open);
    case "Set":
      return sameSets(a as Set<unknown>, b as Set<unknown>, strict, open);
    case "ArrayBuffer":
      return sameBytes(new Uint8Array(a as ArrayBuffer), new Uint8Array(b as ArrayBuffer));
    case "DataView":
      return sameBytes(bytesOf(a as DataView), bytesOf(b as DataView));
    case "Array":
      return (a as unknown[]).length === (b as unknown[]).length;
    case "WeakMap":
    case "WeakSet":
    case "Promise":
    case "Function":
    case "AsyncFunction":
      return false;
    default:
      return !(a instanceof URL) || a.href === (b as URL).href;
  }
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function sameSets(a: Set<unknown>, b: Set<unknown>, strict: boolean, open: Pairs): boolean {
  if (a.size !== b.size) return false;
  const rest = [...b].filter((value) => !a.has(value));
  for (const value of a) {
    if (b.has(value)) continue;
    const at = rest.findIndex((other) => deepEqual(value, other, strict, open));
    if (at < 0) return false;
    rest.splice(at, 1);
  }
  return true;
}

function sameMaps(a: Map<unknown, unknown>, b: Map<unknown, unknown>, strict: boolean, open: Pairs): boolean {
  if (a.size !== b.size) return false;
  const rest = [...b].filter(([key]) => !a.has(key));
  for (const [key, value] of a) {
    if (b.has(key)) {
      if (!deepEqual(value, b.get(key), strict, open)) return false;
      continue;
    }
    const at = rest.findIndex(([other, its]) => deepEqual(key, other, strict, open) && deepEqual(value, its, strict, open));
    if (at < 0) return false;
    rest.splice(at, 1);
  }
  return true;
}

function keysOf(object: object, strict: boolean): PropertyKey[] {
  const symbols = strict ? Object.getOwnPropertySymbols(object).filter((symbol) => Object.prototype.propertyIsEnumerable.call(object, symbol)) : [];
  return [...Object.keys(object), ...symbols];
}

function sameProperties(a: Record<PropertyKey, unknown>, b: Record<PropertyKey, unknown>, strict: boolean, open: Pairs): boolean {
  const keys = keysOf(a, strict);
  if (keys.length !== keysOf(b, strict).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key], b[key], strict, open));
}

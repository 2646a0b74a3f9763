// Arrays, arguments and typed arrays.

import {
  MathMin,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeGetTag,
} from "../core/primordials.ts";
import { type Inspector, maxItems } from "./inspect.ts";
import { enclose } from "./layout.ts";
import { className, hasNullPrototype, ownKeys, ownProperty } from "./reflect.ts";

/** Lists longer than this are not searched for properties that are no items. */
const maxSearched = 10_000;
/** The greatest array index. */
const maxIndex = 2 ** 32 - 2;

export function formatArray(inspector: Inspector, value: object, indent: number): string {
  const name = className(value);
  const length = ownProperty(value, "length")!.value as number;
  return formatItems(inspector, value, length, arrayPrefix(value, name, length), name, indent);
}

function arrayPrefix(value: object, name: string, length: number): string {
  if (hasNullPrototype(value)) return `[${name}(${length}): null prototype]`;
  return name === "Array" ? "" : `${name}(${length})`;
}

export function formatArguments(inspector: Inspector, value: object, indent: number): string {
  const length = ownProperty(value, "length")?.value;
  return formatItems(inspector, value, typeof length === "number" ? length : 0, "[Arguments]", "Arguments", indent);
}

function formatItems(
  inspector: Inspector,
  value: object,
  length: number,
  prefix: string,
  name: string,
  indent: number,
): string {
  const deep = inspector.tooDeep(name);
  if (deep !== undefined) return deep;
  const pieces: string[] = [];
  const rest = addItems(inspector, pieces, value, length, indent);
  const items = pieces.length;
  inspector.addMore(pieces, rest);
  if (length <= maxSearched) inspector.addProperties(pieces, value, indent, isIndex);
  return enclose(prefix, "[", "]", pieces, indent, items);
}

/** Adds the items of an array, with one piece for each run of holes. Returns how many are left. */
function addItems(inspector: Inspector, pieces: string[], value: object, length: number, indent: number): number {
  let keys: readonly PropertyKey[] | undefined;
  let at = 0; // in keys
  let i = 0;
  while (i < length && pieces.length < maxItems && !inspector.isFull) {
    const item = ownProperty(value, i);
    if (item !== undefined) {
      pieces[pieces.length] = inspector.propertyValue(item, indent);
      i++;
      continue;
    }
    // The array has holes: the keys, of which indices come first and in order, say where the next item is.
    keys ??= ownKeys(value);
    while (at < keys.length && isIndex(keys[at]!) && +(keys[at] as string) < i) at++;
    const next = at < keys.length && isIndex(keys[at]!) ? MathMin(+(keys[at] as string), length) : length;
    const holes = next - i;
    pieces[pieces.length] = inspector.style(`<${holes} empty item${holes > 1 ? "s" : ""}>`, "undefined");
    i = next;
  }
  return length - i;
}

function isIndex(key: PropertyKey): boolean {
  if (typeof key !== "string") return false;
  const number = +key;
  return number >= 0 && number <= maxIndex && `${number >>> 0}` === key;
}

export function formatTypedArray(inspector: Inspector, value: object, indent: number): string {
  const tag = TypedArrayPrototypeGetTag(value)!;
  const name = className(value);
  const deep = inspector.tooDeep(name);
  if (deep !== undefined) return deep;
  const length = TypedArrayPrototypeGetLength(value);
  const count = MathMin(length, maxItems);
  const pieces: string[] = [];
  for (let i = 0; i < count; i++) pieces[i] = inspector.format((value as Uint8Array)[i], indent + 2);
  inspector.addMore(pieces, length - count);
  if (length <= maxSearched) inspector.addProperties(pieces, value, indent, isIndex);
  const prefix = name === tag || name === "Object" ? `${tag}(${length})` : `${name}(${length}) [${tag}]`;
  return enclose(prefix, "[", "]", pieces, indent, count);
}

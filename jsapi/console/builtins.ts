// Objects of ECMAScript's own classes, other than arrays, errors and functions.

import {
  ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeGetDetached,
  BigIntPrototypeValueOf,
  BooleanPrototypeValueOf,
  DataViewPrototypeGetBuffer,
  DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset,
  MathMin,
  NumberPrototypeToString,
  NumberPrototypeValueOf,
  StringPrototypePadStart,
  StringPrototypeValueOf,
  SymbolPrototypeValueOf,
  Uint8Array,
  uncurryGetter,
} from "../core/primordials.ts";
import { type Inspector, maxItems } from "./inspect.ts";
import { enclose } from "./layout.ts";
import { className } from "./reflect.ts";

const { previewEntries, promiseState } = __host;

/** How many bytes of an ArrayBuffer are shown. */
const maxBytes = 50;

export function formatMapOrSet(inspector: Inspector, value: object, kind: string, indent: number): string {
  const name = className(value);
  const deep = inspector.tooDeep(name);
  if (deep !== undefined) return deep;
  const entries = previewEntries(value);
  const step = kind === "Map" ? 2 : 1;
  const size = entries.length / step;
  const count = MathMin(size, maxItems);
  const pieces: string[] = [];
  for (let i = 0; i < count; i++) {
    const first = inspector.format(entries[i * step], indent + 2);
    pieces[i] = step === 1 ? first : `${first} => ${inspector.format(entries[i * 2 + 1], indent + 2)}`;
  }
  inspector.addMore(pieces, size - count);
  inspector.addProperties(pieces, value, indent);
  if (kind === "Map" || kind === "Set") return enclose(`${name}(${size})`, "{", "}", pieces, indent);
  return enclose(kind === "MapIterator" ? "[Map Iterator]" : "[Set Iterator]", "{", "}", pieces, indent);
}

export function formatPromise(inspector: Inspector, value: Promise<unknown>, indent: number): string {
  const name = className(value);
  const deep = inspector.tooDeep(name);
  if (deep !== undefined) return deep;
  const state = promiseState(value);
  const pieces: string[] = [];
  if (state[0] === 0) pieces[0] = inspector.style("<pending>", "special");
  else if (state[0] === 1) pieces[0] = inspector.format(state[1], indent + 2);
  else pieces[0] = `${inspector.style("<rejected>", "special")} ${inspector.format(state[1], indent + 2)}`;
  inspector.addProperties(pieces, value, indent);
  return enclose(name, "{", "}", pieces, indent);
}

export function formatBuffer(inspector: Inspector, value: ArrayBuffer, indent: number): string {
  const name = className(value);
  const deep = inspector.tooDeep(name);
  if (deep !== undefined) return deep;
  const pieces: string[] = [];
  if (ArrayBufferPrototypeGetDetached(value)) pieces[0] = inspector.style("(detached)", "special");
  else pieces[0] = `${inspector.style("[bytes]", "dim")}: <${hexBytes(value)}>`;
  const byteLength = ArrayBufferPrototypeGetByteLength(value);
  pieces[1] = `byteLength: ${inspector.format(byteLength, indent + 2)}`;
  inspector.addProperties(pieces, value, indent);
  return enclose(name, "{", "}", pieces, indent);
}

function hexBytes(buffer: ArrayBuffer): string {
  const length = ArrayBufferPrototypeGetByteLength(buffer);
  const count = MathMin(length, maxBytes);
  const bytes = new Uint8Array(buffer, 0, count);
  let text = "";
  for (let i = 0; i < count; i++) {
    text += `${i > 0 ? " " : ""}${StringPrototypePadStart(NumberPrototypeToString(bytes[i]!, 16), 2, "0")}`;
  }
  return length > count ? `${text} ... ${length - count} more byte${length - count > 1 ? "s" : ""}` : text;
}

export function formatDataView(inspector: Inspector, value: DataView, indent: number): string {
  const name = className(value);
  const deep = inspector.tooDeep(name);
  if (deep !== undefined) return deep;
  const buffer = DataViewPrototypeGetBuffer(value);
  const isDetached = ArrayBufferPrototypeGetDetached(buffer);
  const byteLength = isDetached ? 0 : DataViewPrototypeGetByteLength(value);
  const byteOffset = isDetached ? 0 : DataViewPrototypeGetByteOffset(value);
  const pieces = [
    `byteLength: ${inspector.format(byteLength, indent + 2)}`,
    `byteOffset: ${inspector.format(byteOffset, indent + 2)}`,
    `buffer: ${inspector.format(buffer, indent + 2)}`,
  ];
  inspector.addProperties(pieces, value, indent);
  return enclose(name, "{", "}", pieces, indent);
}

const regExpSource = uncurryGetter<string>(RegExp.prototype, "source");
/** The flags in the order in which they are written. */
const regExpFlags: readonly [flag: string, isSet: (pattern: object) => boolean][] = [
  ["d", uncurryGetter(RegExp.prototype, "hasIndices")],
  ["g", uncurryGetter(RegExp.prototype, "global")],
  ["i", uncurryGetter(RegExp.prototype, "ignoreCase")],
  ["m", uncurryGetter(RegExp.prototype, "multiline")],
  ["s", uncurryGetter(RegExp.prototype, "dotAll")],
  ["u", uncurryGetter(RegExp.prototype, "unicode")],
  ["v", uncurryGetter(RegExp.prototype, "unicodeSets")],
  ["y", uncurryGetter(RegExp.prototype, "sticky")],
];

/** A regular expression as a literal. */
export function formatRegExp(value: object): string {
  let flags = "";
  for (let i = 0; i < regExpFlags.length; i++) {
    if (regExpFlags[i]![1](value)) flags += regExpFlags[i]![0];
  }
  return `/${regExpSource(value)}/${flags}`;
}

export function formatBoxed(inspector: Inspector, value: object, kind: string, indent: number): string {
  const primitive = unbox(value, kind);
  const text = `[${className(value)}: ${inspector.format(primitive, indent)}]`;
  const length = kind === "String" ? (primitive as string).length : 0;
  return inspector.withProperties(text, value, indent, (key) => typeof key === "string" && +key < length);
}

function unbox(value: object, kind: string): unknown {
  switch (kind) {
    case "Boolean":
      return BooleanPrototypeValueOf(value);
    case "Number":
      return NumberPrototypeValueOf(value);
    case "String":
      return StringPrototypeValueOf(value);
    case "Symbol":
      return SymbolPrototypeValueOf(value);
    default:
      return BigIntPrototypeValueOf(value);
  }
}

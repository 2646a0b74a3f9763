// Values as text for people to read, in the manner of a JavaScript REPL.
//
// Nothing of the app is run (see reflect.ts), and what comes out is bounded: the depth, the
// items of each list, the length of each string and of the whole.

import {
  DatePrototypeGetTime,
  DatePrototypeToISOString,
  MathMax,
  MathMin,
  SafeMap,
  StringPrototypeSlice,
  SymbolPrototypeToString,
} from "../core/primordials.ts";
import { formatArguments, formatArray, formatTypedArray } from "./lists.ts";
import { formatBoxed, formatBuffer, formatDataView, formatMapOrSet, formatPromise, formatRegExp } from "./builtins.ts";
import { formatError } from "./errors.ts";
import { formatFunction } from "./functions.ts";
import { viewOf } from "./interfaces.ts";
import { enclose } from "./layout.ts";
import { quote, quoteKey } from "./quote.ts";
import { className, hasNullPrototype, ownKeys, ownProperty } from "./reflect.ts";
import { paint, type Style } from "./style.ts";

const { kindOf, proxyDetails } = __host;

export interface InspectOptions {
  /** How many levels of objects inside of the value are shown. 4 if not given. */
  depth?: number;
  /** Whether to put in ANSI escape sequences for colours. */
  colors?: boolean;
  /** Whether to show properties that are not enumerable. */
  showHidden?: boolean;
}

/** The most items of a list or properties of an object that are shown. */
export const maxItems = 100;
/** The most code units of a string inside of an object that are shown. */
const maxString = 10_000;
/** The most code units of the whole. */
export const maxOutput = 65_536;
/** No object is nested deeper than this, whatever the options say. */
const maxDepth = 100;

const standard = { __proto__: null } as InspectOptions;

/** A value as text; strings are quoted. The options, if given, must be an object without a prototype. */
export function inspect(value: unknown, options: InspectOptions = standard): string {
  return clip(new Inspector(options).format(value, 0), maxOutput);
}

/** A text cut to a length, with a mark where it was cut. */
export function clip(text: string, length: number): string {
  return text.length > length ? `${StringPrototypeSlice(text, 0, length - 1)}…` : text;
}

/** The state of one inspection. */
export class Inspector {
  readonly #depth: number;
  readonly #colors: boolean;
  readonly showHidden: boolean;
  /** How many code units may still come. */
  #budget = maxOutput;
  /** The level of the object being formatted; 0 is the value itself. */
  #level = 0;
  /** The objects that the one being formatted is in. */
  readonly #path: object[] = [];
  /** The numbers of the objects that something inside of them refers to. */
  readonly #circular = new SafeMap<object, number>();

  constructor(options: InspectOptions) {
    this.#depth = MathMin(options.depth ?? 4, maxDepth);
    this.#colors = options.colors ?? false;
    this.showHidden = options.showHidden ?? false;
  }

  /** A piece of text in its colour. */
  style(text: string, style: Style): string {
    this.spend(text.length);
    return this.#colors ? paint(text, style) : text;
  }

  /** Counts code units that will be in the output. */
  spend(length: number): void {
    this.#budget -= length;
  }

  /** Whether there is no room for more. */
  get isFull(): boolean {
    return this.#budget <= 0;
  }

  /** A value as text. indent is how far the line that it begins on is indented. */
  format(value: unknown, indent: number): string {
    if (this.isFull) return "…";
    this.spend(indent + 2); // what is around it
    return this.#formatAny(value, indent);
  }

  #formatAny(value: unknown, indent: number): string {
    switch (typeof value) {
      case "string":
        return this.#formatString(value);
      case "number":
        return this.style(value === 0 && 1 / value < 0 ? "-0" : `${value}`, "number");
      case "bigint":
        return this.style(`${value}n`, "number");
      case "boolean":
        return this.style(`${value}`, "constant");
      case "undefined":
        return this.style("undefined", "undefined");
      case "symbol":
        return this.style(clip(SymbolPrototypeToString(value), maxString), "symbol");
      default:
        return value === null ? this.style("null", "null") : this.#formatObject(value as object, indent);
    }
  }

  #formatString(text: string): string {
    const limit = MathMax(MathMin(maxString, this.#budget), 1);
    if (text.length <= limit) return this.style(quote(text), "string");
    const rest = text.length - limit;
    const start = this.style(quote(StringPrototypeSlice(text, 0, limit)), "string");
    return `${start}... ${rest} more character${rest > 1 ? "s" : ""}`;
  }

  #formatObject(value: object, indent: number): string {
    for (let i = 0; i < this.#path.length; i++) {
      if (this.#path[i] === value) return this.#reference(value);
    }
    this.#path[this.#path.length] = value;
    this.#level++;
    const text = this.#formatKind(value, indent);
    this.#level--;
    this.#path.length--;
    const number = this.#circular.get(value);
    return number === undefined ? text : `${this.style(`<ref *${number}>`, "special")} ${text}`;
  }

  #reference(value: object): string {
    const number = this.#circular.get(value) ?? this.#circular.size + 1;
    this.#circular.set(value, number);
    return this.style(`[Circular *${number}]`, "special");
  }

  /** The name of an object in brackets when it is nested too deeply to show what is in it. */
  tooDeep(name: string): string | undefined {
    return this.#level > this.#depth + 1 ? this.style(`[${name}]`, "special") : undefined;
  }

  #formatKind(value: object, indent: number): string {
    const kind = kindOf(value);
    switch (kind) {
      case "Proxy":
        return this.#formatProxy(value, indent);
      case "Function":
      case "AsyncFunction":
      case "GeneratorFunction":
        return formatFunction(this, value, kind, indent);
      case "Error":
        return formatError(this, value, indent);
      case "Array":
        return formatArray(this, value, indent);
      case "Arguments":
        return formatArguments(this, value, indent);
      case "TypedArray":
        return formatTypedArray(this, value, indent);
      case "ArrayBuffer":
        return formatBuffer(this, value as ArrayBuffer, indent);
      case "DataView":
        return formatDataView(this, value as DataView, indent);
      case "Map":
      case "MapIterator":
      case "Set":
      case "SetIterator":
        return formatMapOrSet(this, value, kind, indent);
      case "Promise":
        return formatPromise(this, value as Promise<unknown>, indent);
      case "Date":
        return this.withProperties(this.style(dateText(value), "date"), value, indent);
      case "RegExp":
        return this.withProperties(this.style(formatRegExp(value), "regexp"), value, indent);
      case "Boolean":
      case "Number":
      case "String":
      case "Symbol":
      case "BigInt":
        return formatBoxed(this, value, kind, indent);
      case "WeakMap":
      case "WeakSet":
        return `${className(value)} { ${this.style("<items unknown>", "special")} }`;
      case "Generator":
        return this.#formatPlain(value, "Object [Generator]", indent);
      case "ModuleNamespace":
        return this.#formatPlain(value, "[Module: null prototype]", indent);
      case "External":
        return this.style("[External]", "special");
      default:
        return this.#formatView(value, indent) ?? this.#formatPlain(value, plainPrefix(value), indent);
    }
  }

  /** The target of a proxy, which is looked at without asking the proxy. */
  #formatProxy(value: object, indent: number): string {
    const details = proxyDetails(value);
    const target: object | null | undefined = details?.[0];
    if (target === undefined || target === null) return this.style("<Revoked Proxy>", "special");
    return this.tooDeep("Proxy") ?? `Proxy(${this.format(target, indent)})`;
  }

  /** An object of an interface of the runtime, or undefined. */
  #formatView(value: object, indent: number): string | undefined {
    const view = viewOf(value);
    if (view === undefined) return undefined;
    const name = className(value);
    const deep = this.tooDeep(name);
    if (deep !== undefined) return deep;
    const pieces: string[] = [];
    const count = MathMin(view.entries.length, maxItems);
    for (let i = 0; i < count; i++) {
      const entry = view.entries[i]!;
      const text = this.format(entry[1], indent + 2);
      pieces[i] = view.isPairs ? `${this.format(entry[0], indent + 2)} => ${text}` : `${quoteKey(entry[0])}: ${text}`;
    }
    this.addMore(pieces, view.entries.length - count);
    this.addProperties(pieces, value, indent);
    return enclose(name, "{", "}", pieces, indent);
  }

  #formatPlain(value: object, prefix: string, indent: number): string {
    const deep = this.tooDeep(prefix === "" ? "Object" : prefix);
    if (deep !== undefined) return deep;
    const pieces: string[] = [];
    this.addProperties(pieces, value, indent);
    return enclose(prefix, "{", "}", pieces, indent);
  }

  /** A text for an object, followed by the object's properties if it has any. */
  withProperties(text: string, value: object, indent: number, skip?: (key: PropertyKey) => boolean): string {
    const pieces: string[] = [];
    if (this.tooDeep("") === undefined) this.addProperties(pieces, value, indent, skip);
    return pieces.length === 0 ? text : enclose(text, "{", "}", pieces, indent);
  }

  /** Adds an object's own enumerable properties (with showHidden, all) to the pieces, but for those to skip. */
  addProperties(pieces: string[], value: object, indent: number, skip?: (key: PropertyKey) => boolean): void {
    const keys = ownKeys(value);
    let shown = 0;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (skip?.(key)) continue;
      if (shown === maxItems || this.isFull) {
        this.addMore(pieces, keys.length - i);
        return;
      }
      const text = this.property(value, key, indent);
      if (text === undefined) continue;
      pieces[pieces.length] = text;
      shown++;
    }
  }

  /** "key: value" of a property, or undefined when there is none to show. */
  property(object: object, key: PropertyKey, indent: number): string | undefined {
    const property = ownProperty(object, key);
    if (property === undefined || !(property.enumerable || this.showHidden)) return undefined;
    return `${this.#key(key, property.enumerable)}: ${this.propertyValue(property, indent)}`;
  }

  #key(key: PropertyKey, enumerable: boolean): string {
    const text = clip(quoteKey(key), maxString);
    this.spend(text.length);
    if (typeof key === "symbol") return this.style(text, "symbol");
    return enumerable ? text : this.style(`[${text}]`, "dim");
  }

  propertyValue(property: { isAccessor: boolean; value: unknown }, indent: number): string {
    if (property.isAccessor) return this.style(property.value as string, "special");
    return this.format(property.value, indent + 2);
  }

  /** Says that there is more than what is shown. */
  addMore(pieces: string[], count: number): void {
    if (count > 0) pieces[pieces.length] = `... ${count} more item${count > 1 ? "s" : ""}`;
  }
}

/** What stands before the brace of an object that is nothing special. */
function plainPrefix(value: object): string {
  const name = className(value);
  if (hasNullPrototype(value)) return `[${name}: null prototype]`;
  return name === "Object" ? "" : name;
}

function dateText(value: object): string {
  const time: number = DatePrototypeGetTime(value);
  return time === time ? DatePrototypeToISOString(value) : "Invalid Date";
}

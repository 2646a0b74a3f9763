// The console namespace object: https://console.spec.whatwg.org/
// What is logged goes, as text, to the sink that the runtime has set.

import {
  ErrorCaptureStackTrace,
  MathRound,
  ObjectCreate,
  ObjectDefineProperty,
  ObjectPrototype,
  ReflectOwnKeys,
  SafeMap,
  StringPrototypeIndexOf,
  StringPrototypeRepeat,
  StringPrototypeSlice,
  SymbolToStringTag,
} from "../core/primordials.ts";
import { dictionary, DOMString, isObject, toSequence } from "../core/webidl.ts";
import { now } from "../performance/clock.ts";
import { formatLog } from "./format.ts";
import { clip, inspect, type InspectOptions, maxOutput } from "./inspect.ts";
import { stackOf } from "./reflect.ts";
import { formatTable } from "./table.ts";

const { callSite } = __host;

export type Level = "debug" | "log" | "info" | "warn" | "error";

/** Takes what is logged: its level, its text, and "file:line:column" of the call, or "". */
export type Sink = (level: Level, text: string, callSite: string) => void;

let sink: Sink = () => {};

/** Sets where everything goes that is logged from now on. */
export function setConsoleSink(fn: Sink): void {
  sink = fn;
}

const counts = new SafeMap<string, number>();
/** For each timer, when it was started. */
const timers = new SafeMap<string, number>();
let groups = 0;

/** Groups that are nested more deeply are not indented further. */
const maxIndent = 40;

/** Hands a text to the sink, indented as the groups say. It is bounded here, whatever it is made of: a label is as long as an app likes. */
function print(level: Level, text: string): void {
  const indent = StringPrototypeRepeat("  ", groups > maxIndent ? maxIndent : groups);
  sink(level, clip(indent === "" ? text : indentLines(text, indent), maxOutput), callSite());
}

/** The text with its lines indented, as far as they are printed. */
function indentLines(text: string, indent: string): string {
  let output = "";
  let start = 0;
  for (let end = StringPrototypeIndexOf(text, "\n"); end >= 0 && output.length < maxOutput; end = StringPrototypeIndexOf(text, "\n", start)) {
    output += indent + StringPrototypeSlice(text, start, end + 1);
    start = end + 1;
  }
  return output + indent + StringPrototypeSlice(text, start);
}

/** A label as Web IDL converts it: a DOMString that is "default" when it is not given. */
function label(value: unknown): string {
  return value === undefined ? "default" : DOMString(value);
}

/** How long a timer has been running, as "name: 12.5ms"; undefined, with a warning, when there is no such timer. */
function elapsed(name: string): string | undefined {
  const start = timers.get(name);
  if (start !== undefined) return `${name}: ${duration(now() - start)}`;
  print("warn", `Timer '${name}' does not exist`);
  return undefined;
}

function duration(ms: number): string {
  return ms < 1000 ? `${MathRound(ms * 1000) / 1000}ms` : `${MathRound(ms) / 1000}s`;
}

/** The lines of the call stack above a function. */
function stackAbove(fn: (...args: any[]) => unknown): string {
  const holder = {};
  ErrorCaptureStackTrace(holder, fn);
  const stack = stackOf(holder) ?? "";
  const lines = StringPrototypeIndexOf(stack, "\n");
  return lines < 0 ? "" : StringPrototypeSlice(stack, lines);
}

/** Arguments in front of which a text stands: it joins a first argument that is a string, which can have specifiers. */
function prefixed(prefix: string, args: readonly unknown[]): unknown[] {
  const list: unknown[] = [prefix];
  const joins = typeof args[0] === "string";
  if (joins) list[0] = `${prefix}: ${args[0] as string}`;
  for (let i = joins ? 1 : 0; i < args.length; i++) list[list.length] = args[i];
  return list;
}

function inspectOptions(value: unknown): InspectOptions {
  const dict = dictionary(value, "console.dir: the options");
  const depth = dict.depth === null ? Infinity : dict.depth;
  return {
    __proto__: null,
    depth: typeof depth === "number" && depth >= 0 ? depth : undefined,
    colors: !!dict.colors,
    showHidden: !!dict.showHidden,
  } as InspectOptions;
}

/** The operations, which do not depend on `this`. */
const operations = {
  debug(...data: unknown[]): void {
    print("debug", formatLog(data));
  },
  error(...data: unknown[]): void {
    print("error", formatLog(data));
  },
  info(...data: unknown[]): void {
    print("info", formatLog(data));
  },
  log(...data: unknown[]): void {
    print("log", formatLog(data));
  },
  warn(...data: unknown[]): void {
    print("warn", formatLog(data));
  },
  trace(...data: unknown[]): void {
    print("log", formatLog(prefixed("Trace", data)) + stackAbove(operations.trace));
  },
  assert(condition: unknown = false, ...data: unknown[]): void {
    if (!condition) print("error", formatLog(prefixed("Assertion failed", data)));
  },
  clear(): void {
    groups = 0;
  },
  count(name: unknown = undefined): void {
    const key = label(name);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    print("info", `${key}: ${count}`);
  },
  countReset(name: unknown = undefined): void {
    const key = label(name);
    if (counts.has(key)) counts.set(key, 0);
    else print("warn", `Count for '${key}' does not exist`);
  },
  group(...data: unknown[]): void {
    if (data.length > 0) print("log", formatLog(data));
    groups++;
  },
  groupCollapsed(...data: unknown[]): void {
    if (data.length > 0) print("log", formatLog(data));
    groups++;
  },
  groupEnd(): void {
    if (groups > 0) groups--;
  },
  table(tabularData: unknown = undefined, properties: unknown = undefined): void {
    const isGiven = properties !== undefined;
    const columns = isGiven ? toSequence(properties, DOMString, "console.table: properties") : undefined;
    const table = formatTable(tabularData, columns);
    print("log", table ?? formatLog(tabularData === undefined ? [] : [tabularData]));
  },
  dir(item: unknown = undefined, options: unknown = undefined): void {
    print("log", inspect(item, isObject(options) ? inspectOptions(options) : undefined));
  },
  dirxml(...data: unknown[]): void {
    print("log", formatLog(data));
  },
  time(name: unknown = undefined): void {
    const key = label(name);
    if (timers.has(key)) print("warn", `Timer '${key}' already exists`);
    else timers.set(key, now());
  },
  timeLog(name: unknown = undefined, ...data: unknown[]): void {
    const text = elapsed(label(name));
    if (text === undefined) return;
    print("log", data.length === 0 ? text : `${text} ${formatLog(data)}`);
  },
  timeEnd(name: unknown = undefined): void {
    const key = label(name);
    const text = elapsed(key);
    timers.delete(key);
    if (text !== undefined) print("info", text);
  },
  /** Marks a place in a profile, which nobody is recording here. */
  timeStamp(): void {},
};

/** The namespace object, whose prototype is an empty object for historical reasons. */
export const console: object = newConsole();

function newConsole(): object {
  const namespace = ObjectCreate(ObjectCreate(ObjectPrototype)) as Record<PropertyKey, unknown>;
  const names = ReflectOwnKeys(operations) as (keyof typeof operations)[];
  for (let i = 0; i < names.length; i++) namespace[names[i]!] = operations[names[i]!];
  const tag = { __proto__: null, value: "console", writable: false, enumerable: false, configurable: true };
  ObjectDefineProperty(namespace, SymbolToStringTag, tag as PropertyDescriptor);
  return namespace;
}

// node:util: what packages use of it. Values are shown as console shows them.
import * as runtime from "hedge:runtime";
import types from "node:util/types";
import { deepEqual } from "../equal.ts";
import { format } from "../format.ts";

type Fn = (...args: any[]) => any;

interface InspectOptions {
  depth?: number | null;
  colors?: boolean;
  showHidden?: boolean;
}

const custom = Symbol.for("nodejs.util.inspect.custom");
const promisified = Symbol.for("nodejs.util.promisify.custom");

/** A value as text. What the options say beside depth, colors and showHidden is not looked at. */
function inspect(value: unknown, options: InspectOptions | boolean = {}, depth?: number | null, colors?: boolean): string {
  const given: InspectOptions = typeof options === "boolean" ? { showHidden: options, depth, colors } : options;
  if (typeof value === "object" && value !== null && typeof (value as any)[custom] === "function") {
    const shown = (value as any)[custom](given.depth ?? 2, given, inspect);
    return typeof shown === "string" ? shown : inspect(shown, given);
  }
  return runtime.inspect(value, {
    __proto__: null,
    depth: given.depth === null ? Infinity : (given.depth ?? 2),
    colors: given.colors ?? false,
    showHidden: given.showHidden ?? false,
  } as object);
}
inspect.custom = custom;
inspect.defaultOptions = { depth: 2, colors: false, showHidden: false };

function promisify(fn: Fn): Fn {
  if (typeof fn !== "function") throw new TypeError('util.promisify: the "original" argument must be a function');
  const own = (fn as any)[promisified];
  if (own !== undefined) {
    if (typeof own !== "function") throw new TypeError('util.promisify: the "util.promisify.custom" property must be a function');
    return Object.defineProperty(own, promisified, { value: own, configurable: true });
  }
  function promised(this: unknown, ...args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      Reflect.apply(fn, this, [...args, (error: unknown, value: unknown) => (error ? reject(error) : resolve(value))]);
    });
  }
  Object.setPrototypeOf(promised, Object.getPrototypeOf(fn));
  return Object.defineProperties(promised, { ...Object.getOwnPropertyDescriptors(fn), [promisified]: { value: promised, configurable: true } });
}
promisify.custom = promisified;

function callbackify(fn: Fn): Fn {
  if (typeof fn !== "function") throw new TypeError('util.callbackify: the "original" argument must be a function');
  function called(this: unknown, ...args: unknown[]): void {
    const done = args.pop() as Fn;
    if (typeof done !== "function") throw new TypeError("The last argument must be of type function");
    Reflect.apply(fn, this, args).then(
      (value: unknown) => queueMicrotask(() => done(null, value)),
      (reason: unknown) => queueMicrotask(() => done(reason || Object.assign(new Error("Promise was rejected with falsy value"), { code: "ERR_FALSY_VALUE_REJECTION", reason }))),
    );
  }
  return Object.defineProperties(called, { name: { value: `${fn.name}Callbackified`, configurable: true }, length: { value: fn.length + 1, configurable: true } });
}

function inherits(constructor: Fn, parent: Fn): void {
  Object.defineProperty(constructor, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

function deprecate<F extends Fn>(fn: F, message: string, code?: string): F {
  let warned = false;
  function deprecated(this: unknown, ...args: unknown[]): unknown {
    if (!warned) console.warn(`DeprecationWarning: ${message}${code === undefined ? "" : ` (${code})`}`);
    warned = true;
    return new.target ? Reflect.construct(fn, args, new.target) : Reflect.apply(fn, this, args);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype) deprecated.prototype = fn.prototype;
  return deprecated as unknown as F;
}

/** Logs of sections that NODE_DEBUG would turn on: there is no such variable here. */
function debuglog(): Fn & { enabled: boolean } {
  return Object.assign(() => {}, { enabled: false });
}

function stripVTControlCharacters(text: string): string {
  const link = /(?:(?:;[-\w/#&.:=?%@~]+)*|[a-zA-Z\d]+(?:;[-\w/#&.:=?%@~]*)*)?(?:\u0007|\u001b\\|\u009c)/.source;
  const style = /(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]/.source;
  return text.replace(new RegExp(`[\\u001b\\u009b][[\\]()#;?]*(?:${link}|${style})`, "g"), "");
}

/** A promise that is fulfilled when a signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

export default {
  inspect,
  format: (...values: unknown[]) => format(inspect, {}, values),
  formatWithOptions: (options: InspectOptions, ...values: unknown[]) => format(inspect, options, values),
  promisify,
  callbackify,
  inherits,
  deprecate,
  debuglog,
  debug: debuglog,
  aborted,
  stripVTControlCharacters,
  _extend: (target: object, source: unknown) => (typeof source === "object" && source !== null ? Object.assign(target, source) : target),
  isDeepStrictEqual: (a: unknown, b: unknown) => deepEqual(a, b, true),
  toUSVString: (text: unknown) => String(text).toWellFormed(),
  types,
  TextEncoder,
  TextDecoder,
  isArray: Array.isArray,
  isBoolean: (value: unknown) => typeof value === "boolean",
  isBuffer: (value: unknown) => value instanceof Uint8Array && (value as any)._isBuffer === true,
  isDate: types.isDate,
  isError: (value: unknown) => value instanceof Error,
  isFunction: (value: unknown) => typeof value === "function",
  isNull: (value: unknown) => value === null,
  isNullOrUndefined: (value: unknown) => value == null,
  isNumber: (value: unknown) => typeof value === "number",
  isObject: (value: unknown) => typeof value === "object" && value !== null,
  isPrimitive: (value: unknown) => value === null || (typeof value !== "object" && typeof value !== "function"),
  isRegExp: types.isRegExp,
  isString: (value: unknown) => typeof value === "string",
  isSymbol: (value: unknown) => typeof value === "symbol",
  isUndefined: (value: unknown) => value === undefined,
};

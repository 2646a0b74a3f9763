// Looking at objects without running code of the app: no getter, no method and no
// trap of a proxy is called, so that writing a log line has no effects and cannot fail.

import {
  Error,
  ObjectPrototypeHasOwnProperty,
  ReflectGetOwnPropertyDescriptor,
  ReflectGetPrototypeOf,
  ReflectOwnKeys,
  uncurryThis,
} from "../core/primordials.ts";

const { constructorName, kindOf } = __host;

/** A property of an object, and its value if it has one. */
export interface Property {
  key: PropertyKey;
  /** Whether it is a getter or setter; value says which, in brackets. */
  isAccessor: boolean;
  value: unknown;
  enumerable: boolean;
}

/** An own property, or undefined. The object must not be a proxy. */
export function ownProperty(object: object, key: PropertyKey): Property | undefined {
  let found: PropertyDescriptor | undefined;
  try {
    found = ReflectGetOwnPropertyDescriptor(object, key);
  } catch {
    // An export of a module that has not been evaluated yet.
    return { key, isAccessor: true, value: "[Uninitialized]", enumerable: true };
  }
  if (found === undefined) return undefined;
  const enumerable = found.enumerable!;
  // The object is new and has all of its properties, so that nothing is read from Object.prototype.
  if (ObjectPrototypeHasOwnProperty(found, "value")) return { key, isAccessor: false, value: found.value, enumerable };
  const kinds = found.get !== undefined ? (found.set !== undefined ? "[Getter/Setter]" : "[Getter]") : "[Setter]";
  return { key, isAccessor: true, value: kinds, enumerable };
}

/** The keys of an object that is not a proxy. */
export function ownKeys(object: object): readonly PropertyKey[] {
  return ReflectOwnKeys(object);
}

/** The value of a property that is no accessor, looked up along the prototypes up to the first proxy. */
export function dataValue(object: object, key: PropertyKey): unknown {
  for (let holder: object | null = object; holder !== null && kindOf(holder) !== "Proxy"; ) {
    const property = ownProperty(holder, key);
    if (property !== undefined) return property.isAccessor ? undefined : property.value;
    holder = ReflectGetPrototypeOf(holder);
  }
  return undefined;
}

export function hasNullPrototype(object: object): boolean {
  return ReflectGetPrototypeOf(object) === null;
}

/** The name of an object's class, "Object" when there is none. */
export function className(object: object): string {
  const prototype = ReflectGetPrototypeOf(object);
  const constructor = prototype === null ? undefined : dataValue(prototype, "constructor");
  const name = typeof constructor === "function" && kindOf(constructor) !== "Proxy" ? functionName(constructor) : "";
  return name || constructorName(object) || "Object";
}

/** The name of a function, or "". */
export function functionName(fn: object): string {
  const name = dataValue(fn, "name");
  return typeof name === "string" ? name : "";
}

const stackGetter = ReflectGetOwnPropertyDescriptor(new Error("probe"), "stack")?.get;
const callStackGetter = stackGetter === undefined ? undefined : uncurryThis(stackGetter);

/** The stack of an error, or undefined when it is not what the engine put there. */
export function stackOf(error: object): string | undefined {
  try {
    const found = ReflectGetOwnPropertyDescriptor(error, "stack");
    if (found === undefined) return undefined;
    let stack: unknown;
    if (ObjectPrototypeHasOwnProperty(found, "value")) stack = found.value;
    else if (callStackGetter !== undefined && found.get === stackGetter) stack = callStackGetter(error);
    return typeof stack === "string" ? stack : undefined;
  } catch {
    // Error.prepareStackTrace, which the engine calls for the first look at a stack, has failed.
    return undefined;
  }
}

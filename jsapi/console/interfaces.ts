// How objects of the runtime's own classes are shown. Their getters are the
// runtime's, captured before an app runs, so that calling them is safe.

import {
  ReflectGetOwnPropertyDescriptor,
  ReflectGetPrototypeOf,
  SafeMap,
  uncurryThis,
} from "../core/primordials.ts";

const { kindOf } = __host;
const global = globalThis as unknown as Record<string, { prototype: object } | undefined>;

/** The attributes shown of each interface. */
const attributes: readonly [name: string, ...attributes: string[]][] = [
  ["AbortSignal", "aborted", "reason"],
  ["Blob", "size", "type"],
  ["CustomEvent", "type", "detail"],
  ["ErrorEvent", "type", "message", "error"],
  ["Event", "type", "bubbles", "cancelable", "defaultPrevented"],
  ["File", "name", "size", "type", "lastModified"],
  ["Performance", "timeOrigin"],
  ["ReadableStream", "locked"],
  ["Request", "method", "url", "headers", "redirect", "bodyUsed"],
  ["Response", "status", "statusText", "headers", "ok", "redirected", "type", "url", "bodyUsed"],
  ["TransformStream", "readable", "writable"],
  ["TextDecoder", "encoding", "fatal", "ignoreBOM"],
  [
    "URL",
    "href",
    "origin",
    "protocol",
    "username",
    "password",
    "host",
    "hostname",
    "port",
    "pathname",
    "search",
    "searchParams",
    "hash",
  ],
  ["WritableStream", "locked"],
];

/** Interfaces that are shown as their pairs of name and value. */
const iterables: readonly string[] = ["FormData", "Headers", "URLSearchParams"];

/** What is shown of an object: the names and values of its attributes, or its pairs. */
export interface View {
  isPairs: boolean;
  entries: [name: string, value: unknown][];
}

/** For the prototype of each interface, what makes the view of an object; it throws for an object of another kind. */
const views = new SafeMap<object, (object: object) => View>();

/** Captures the interfaces that are globals by now. To be called when all others are installed. */
export function captureInterfaces(): void {
  for (let i = 0; i < attributes.length; i++) {
    const row = attributes[i]!;
    const prototype = global[row[0]]?.prototype;
    if (prototype !== undefined) views.set(prototype, attributeView(prototype, row));
  }
  for (let i = 0; i < iterables.length; i++) {
    const prototype = global[iterables[i]!]?.prototype;
    if (prototype !== undefined) views.set(prototype, pairsView(prototype));
  }
}

/** The view of an object of a captured interface, or undefined for others. */
export function viewOf(object: object): View | undefined {
  for (let prototype = prototypeOf(object); prototype !== null; prototype = prototypeOf(prototype)) {
    const view = views.get(prototype);
    if (view === undefined) continue;
    try {
      return view(object);
    } catch {
      return undefined; // it only inherits from the prototype
    }
  }
  return undefined;
}

function prototypeOf(object: object): object | null {
  return kindOf(object) === "Proxy" ? null : ReflectGetPrototypeOf(object);
}

function attributeView(prototype: object, row: readonly [string, ...string[]]): (object: object) => View {
  const getters: [string, (object: object) => unknown][] = [];
  for (let i = 1; i < row.length; i++) {
    const name = row[i]!;
    const get = findGetter(prototype, name);
    if (get !== undefined) getters[getters.length] = [name, uncurryThis(get)];
  }
  return (object) => {
    const entries: [string, unknown][] = [];
    for (let i = 0; i < getters.length; i++) entries[i] = [getters[i]![0], getters[i]![1](object)];
    return { isPairs: false, entries };
  };
}

function findGetter(prototype: object, name: string): (() => unknown) | undefined {
  for (let holder: object | null = prototype; holder !== null; holder = ReflectGetPrototypeOf(holder)) {
    const get = ReflectGetOwnPropertyDescriptor(holder, name)?.get;
    if (get !== undefined) return get;
  }
  return undefined;
}

function pairsView(prototype: object): (object: object) => View {
  type ForEach = (callback: (value: unknown, name: string) => void) => void;
  const forEach = uncurryThis((prototype as { forEach: ForEach }).forEach);
  return (object) => {
    const entries: [string, unknown][] = [];
    forEach(object, (value, name) => {
      entries[entries.length] = [name, value];
    });
    return { isPairs: true, entries };
  };
}

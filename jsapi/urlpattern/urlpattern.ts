// URLPattern: https://urlpattern.spec.whatwg.org/

import { ArrayPrototypeIncludes, TypeError } from "../core/primordials.ts";
import { boolean, defineInterface, dictionary, illegalInvocation, isObject, USVString } from "../core/webidl.ts";
import { parseURL } from "../url/index.ts";
import * as canonical from "./canonical.ts";
import { Component, hostOptions, isIPv6Pattern, pathOptions, plain, type Result } from "./component.ts";
import { parseConstructorString } from "./constructorstring.ts";
import { type ComponentName, componentNames, type Init, processInit, toInit } from "./init.ts";

type Components = Record<ComponentName, Component>;

/** Makes the components of a pattern. */
function compile(init: Init, ignoreCase: boolean): Components {
  const given = processInit(init, "pattern", undefined);
  for (let i = 0; i < componentNames.length; i++) given[componentNames[i]!] ??= "*";
  const { protocol, port } = given as Required<Init>;
  if (ArrayPrototypeIncludes(canonical.specialSchemes, protocol) && isDefaultPort(protocol!, port!)) given.port = "";
  const scheme = new Component(given.protocol!, canonical.protocol);
  const isSpecial = matchesSpecial(scheme);
  return {
    protocol: scheme,
    username: new Component(given.username!, canonical.username),
    password: new Component(given.password!, canonical.password),
    hostname: new Component(given.hostname!, isIPv6Pattern(given.hostname!) ? canonical.ipv6 : canonical.hostname, hostOptions),
    port: new Component(given.port!, (text) => canonical.port(text)),
    pathname: isSpecial
      ? new Component(given.pathname!, canonical.pathname, pathOptions, ignoreCase)
      : new Component(given.pathname!, canonical.opaquePathname, plain, ignoreCase),
    search: new Component(given.search!, canonical.search, plain, ignoreCase),
    hash: new Component(given.hash!, canonical.hash, plain, ignoreCase),
  };
}

function matchesSpecial(protocol: Component): boolean {
  for (let i = 0; i < canonical.specialSchemes.length; i++) {
    if (protocol.match(canonical.specialSchemes[i]!) !== null) return true;
  }
  return false;
}

function isDefaultPort(protocol: string, port: string): boolean {
  switch (protocol) {
    case "http":
    case "ws":
      return port === "80";
    case "https":
    case "wss":
      return port === "443";
    default:
      return protocol === "ftp" && port === "21";
  }
}

/** The components of what is to be matched, or null if it is none. */
function componentsOf(input: string | Init, base: string | undefined): Init | null {
  if (typeof input !== "string") {
    try {
      return processInit(input, "url", "");
    } catch {
      return null;
    }
  }
  const baseRecord = base === undefined ? null : parseURL(base);
  if (base !== undefined && baseRecord === null) return null;
  const record = parseURL(input, baseRecord);
  if (record === null) return null;
  const { scheme, username, password, hostname, port, pathname, query, fragment } = record;
  return { protocol: scheme, username, password, hostname, port, pathname, search: query ?? "", hash: fragment ?? "" };
}

/** The union (USVString or URLPatternInit). */
function toInput(value: unknown): string | Init {
  return value === undefined || value === null || isObject(value) ? toInit(value) : USVString(value);
}

export class URLPattern {
  #components: Components;

  constructor(input: unknown = undefined, second: unknown = undefined, third: unknown = undefined) {
    const given = toInput(input);
    const hasBase = arguments.length > 2 || (second !== undefined && second !== null && !isObject(second));
    const base = hasBase ? USVString(second) : undefined;
    const ignoreCase = boolean(dictionary(hasBase ? third : second, "URLPattern: the options").ignoreCase);
    this.#components = compile(initOf(given, base), ignoreCase);
  }

  test(input: unknown = undefined, baseURL: unknown = undefined): boolean {
    if (!(#components in this)) illegalInvocation();
    return this.#match(input, baseURL) !== null;
  }

  exec(input: unknown = undefined, baseURL: unknown = undefined): object | null {
    if (!(#components in this)) illegalInvocation();
    return this.#match(input, baseURL);
  }

  #match(input: unknown, baseURL: unknown): object | null {
    const given = toInput(input);
    const base = baseURL === undefined ? undefined : USVString(baseURL);
    if (typeof given !== "string" && base !== undefined) throw new TypeError("URLPattern: components have their baseURL among them");
    const parts = componentsOf(given, base);
    if (parts === null) return null;
    const inputs = [typeof given === "string" ? given : { ...given }];
    if (base !== undefined) inputs[1] = base;
    const result: Record<string, unknown> = { inputs };
    for (let i = 0; i < componentNames.length; i++) {
      const name = componentNames[i]!;
      const match: Result | null = this.#components[name].match(parts[name]!);
      if (match === null) return null;
      result[name] = match;
    }
    return result;
  }

  #pattern(name: ComponentName): string {
    return this.#components[name].pattern;
  }

  get protocol(): string {
    return #components in this ? this.#pattern("protocol") : illegalInvocation();
  }

  get username(): string {
    return #components in this ? this.#pattern("username") : illegalInvocation();
  }

  get password(): string {
    return #components in this ? this.#pattern("password") : illegalInvocation();
  }

  get hostname(): string {
    return #components in this ? this.#pattern("hostname") : illegalInvocation();
  }

  get port(): string {
    return #components in this ? this.#pattern("port") : illegalInvocation();
  }

  get pathname(): string {
    return #components in this ? this.#pattern("pathname") : illegalInvocation();
  }

  get search(): string {
    return #components in this ? this.#pattern("search") : illegalInvocation();
  }

  get hash(): string {
    return #components in this ? this.#pattern("hash") : illegalInvocation();
  }

  get hasRegExpGroups(): boolean {
    if (!(#components in this)) illegalInvocation();
    for (let i = 0; i < componentNames.length; i++) {
      if (this.#components[componentNames[i]!].hasRegexp) return true;
    }
    return false;
  }
}

function initOf(given: string | Init, base: string | undefined): Init {
  if (typeof given !== "string") {
    if (base !== undefined) throw new TypeError("URLPattern: components have their baseURL among them");
    return given;
  }
  const init = parseConstructorString(given);
  if (base !== undefined) init.baseURL = base;
  else if (init.protocol === undefined) throw new TypeError(`URLPattern: '${given}' needs a protocol, or a base URL`);
  return init;
}

defineInterface(URLPattern, "URLPattern", {
  enumerable: ["test", "exec", "protocol", "username", "password", "hostname", "port", "pathname", "search", "hash", "hasRegExpGroups"],
  length: 0,
});

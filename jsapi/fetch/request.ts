// Request (Fetch §5.4).
import { HostBody } from "../../worker/bodies.ts";
import type { RequestContext } from "../../worker/context.ts";
import { hint } from "../../worker/print.ts";
import { StringPrototypeToUpperCase, TypeError } from "../core/primordials.ts";
import { isToken } from "../core/token.ts";
import { ByteString, DOMString, USVString, defineInterface, dictionary, enumValue, illegalInvocation, isObject, requireArguments } from "../core/webidl.ts";
import type { Blob } from "../blob/index.ts";
import { isAbortSignal, newAbortSignal, newDependentSignal, signalAbort, type AbortSignal } from "../events/abort.ts";
import { parseAPIURL, parseURL, serializeURL } from "../url/index.ts";
import { Body, extractBody } from "./body.ts";
import { HeaderList, fillHeaders, newHeaders, type Headers } from "./headers.ts";
import { bodyMembers, mixInBody } from "./mixin.ts";
import { type Steering, toSteering } from "./steering.ts";

export const redirectModes = ["follow", "error", "manual"] as const;
export type RedirectMode = (typeof redirectModes)[number];

export const cacheModes = ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"] as const;
const credentialsModes = ["omit", "same-origin", "include"] as const;
const modes = ["navigate", "same-origin", "no-cors", "cors"] as const;
const referrerPolicies = ["", "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin", "origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url"] as const;
const priorities = ["high", "low", "auto"] as const;

/** The Blob of a blob: URL, which is a feature above this one. */
let blobOfURL: (url: string) => Blob | undefined;

/** Teaches this module blob: URLs. */
export function setBlobURLs(find: typeof blobOfURL): void {
  blobOfURL = find;
}

/** What a Request holds. */
class State {
  method = "GET";
  /** Absolute; that of a request which came in is parsed when somebody looks. */
  url = "";
  urlParsed = true;
  /** What a blob: URL stood for when the request was made. */
  blob: Blob | undefined = undefined;
  headers: HeaderList = new HeaderList();
  headersObject: Headers | null = null;
  /** The headers of a request that came in, or of one that an app made. */
  immutable = false;
  body: Body | null = null;
  redirect: RedirectMode = "follow";
  cache: (typeof cacheModes)[number] = "default";
  steering: Steering | null = null;
  credentials: string = "same-origin";
  mode: string = "cors";
  referrer = "about:client";
  referrerPolicy: string = "";
  integrity = "";
  keepalive = false;
  signal: AbortSignal | null = null;
  /** The request in progress whose client the signal speaks for. */
  context: RequestContext | undefined = undefined;
}

/** The first argument of a construction by the runtime. */
const internal: unknown = { __proto__: null };

let stateOf!: (request: Request) => State;
let isRequestObject!: (value: object) => boolean;

export class Request {
  #state: State;

  static {
    stateOf = (request) => request.#state;
    isRequestObject = (value) => #state in value;
  }

  constructor(input: unknown, init: unknown = undefined) {
    if (input === internal) {
      this.#state = init as State;
      return;
    }
    requireArguments(arguments.length, 1, "Request");
    const from = isRequest(input) ? input.#state : null;
    const state = from === null ? stateOfURL(input) : copyState(from);
    applyInit(state, dictionary(init, "The options of the request"), from);
    this.#state = state;
  }

  get method(): string {
    return this.#get().method;
  }

  get url(): string {
    return requestURL(this.#get());
  }

  get headers(): Headers {
    const state = this.#get();
    return (state.headersObject ??= newHeaders(state.headers, state.immutable));
  }

  get destination(): string {
    this.#get();
    return "";
  }

  get referrer(): string {
    return this.#get().referrer;
  }

  get referrerPolicy(): string {
    return this.#get().referrerPolicy;
  }

  get mode(): string {
    return this.#get().mode;
  }

  get credentials(): string {
    return this.#get().credentials;
  }

  get cache(): string {
    return this.#get().cache;
  }

  get redirect(): string {
    return this.#get().redirect;
  }

  get integrity(): string {
    return this.#get().integrity;
  }

  get keepalive(): boolean {
    return this.#get().keepalive;
  }

  get isReloadNavigation(): boolean {
    this.#get();
    return false;
  }

  get isHistoryNavigation(): boolean {
    this.#get();
    return false;
  }

  get signal(): AbortSignal {
    return requestSignal(this.#get());
  }

  get duplex(): string {
    this.#get();
    return "half";
  }

  clone(): Request {
    const state = this.#get();
    if (state.body !== null && state.body.unusable) throw new TypeError("The request cannot be cloned: its body was read");
    const copy = copyState(state);
    copy.body = state.body === null ? null : state.body.clone();
    if (state.context !== undefined || state.signal !== null) copy.signal = newDependentSignal([requestSignal(state)]);
    return newRequest(copy);
  }

  #get(): State {
    if (!(#state in this)) illegalInvocation();
    return this.#state;
  }
}

mixInBody(Request, (value) => (isRequestObject(value) ? stateOf(value as Request) : null));
defineInterface(Request, "Request", {
  length: 1,
  enumerable: [
    "method", "url", "headers", "destination", "referrer", "referrerPolicy", "mode", "credentials", "cache",
    "redirect", "integrity", "keepalive", "isReloadNavigation", "isHistoryNavigation", "signal", "duplex", "clone",
    ...bodyMembers,
  ],
});

export function isRequest(value: unknown): value is Request {
  return isObject(value) && isRequestObject(value);
}

/** The state of a request, for those who send it. */
export function requestState(request: Request): State {
  return stateOf(request);
}

export type { State as RequestState };

function newRequest(state: State): Request {
  return new (Request as any)(internal, state);
}

/** A request that came in. list: method, URL and headers in the form of frame lists, of which the headers begin at headersAt. */
export function incomingRequest(context: RequestContext, method: string, url: string, list: string, headersAt: number, body: number): Request {
  const state = new State();
  state.method = method;
  state.url = url;
  state.urlParsed = false;
  state.headers = new HeaderList(list, headersAt);
  state.immutable = true;
  state.redirect = "manual";
  state.context = context;
  if (body !== 0) state.body = new Body(new HostBody(body), null);
  return newRequest(state);
}

/** The URL in its normal form. */
export function requestURL(state: State): string {
  if (!state.urlParsed) {
    state.urlParsed = true;
    const record = parseURL(state.url);
    if (record !== null) state.url = serializeURL(record);
  }
  return state.url;
}

/** The signal, made when somebody asks for it; it fires when the client goes away. */
function requestSignal(state: State): AbortSignal {
  if (state.signal !== null) return state.signal;
  const signal = newAbortSignal();
  state.signal = signal;
  const context = state.context;
  if (context !== undefined) {
    context.watched = true;
    context.onAbort.add((reason) => signalAbort(signal, reason));
    if (context.gone) signalAbort(signal);
  }
  return signal;
}

function stateOfURL(input: unknown): State {
  const text = USVString(input);
  const record = parseAPIURL(text);
  if (record === null) throw new TypeError(`'${text}' is not an absolute URL`);
  if (record.username !== "" || record.password !== "") {
    throw new TypeError("The URL of a request must not hold a user name or password; send an Authorization header");
  }
  const state = new State();
  state.url = serializeURL(record);
  if (record.scheme === "blob") state.blob = blobOfURL(serializeURL(record, true));
  return state;
}

/** A copy that shares nothing which can change; it has no body yet. */
function copyState(from: State): State {
  const state = new State();
  state.method = from.method;
  state.url = requestURL(from);
  state.blob = from.blob;
  state.headers = from.headers.copy();
  state.redirect = from.redirect;
  state.cache = from.cache;
  state.steering = from.steering;
  state.credentials = from.credentials;
  state.mode = from.mode;
  state.referrer = from.referrer;
  state.referrerPolicy = from.referrerPolicy;
  state.integrity = from.integrity;
  state.keepalive = from.keepalive;
  return state;
}


/** Fetch "normalize a method", and its checks. */
function toMethod(value: unknown): string {
  const method = ByteString(value, "The method");
  if (!isToken(method)) throw new TypeError(`'${method}' is not a method`);
  const upper = StringPrototypeToUpperCase(method);
  switch (upper) {
    case "CONNECT":
    case "TRACE":
    case "TRACK":
      throw new TypeError(`The method '${method}' is not allowed`);
    case "DELETE":
    case "GET":
    case "HEAD":
    case "OPTIONS":
    case "POST":
    case "PUT":
      return upper;
    default:
      return method;
  }
}

// The members are read in lexicographical order, as Web IDL has it.
function applyInit(state: State, init: Readonly<Record<string, unknown>>, from: State | null): void {
  const { body, cache, cf, credentials, duplex, headers, hedge, integrity, keepalive, method, mode, priority, redirect, referrer, referrerPolicy, signal, window } = init;
  if (window !== undefined && window !== null) throw new TypeError("The option 'window' can only be null");
  if (cf !== undefined) hint("The option 'cf' of a request is of Cloudflare Workers, and ignored here; 'hedge' says what the cache does, as in hedge: { ttl: 60 }");
  if (cache !== undefined) state.cache = enumValue(cache, cacheModes, "The option 'cache'");
  if (credentials !== undefined) state.credentials = enumValue(credentials, credentialsModes, "The option 'credentials'");
  if (mode !== undefined) state.mode = enumValue(mode, modes, "The option 'mode'");
  if (state.mode === "navigate" && mode !== undefined) throw new TypeError("The option 'mode' cannot be 'navigate'");
  if (state.cache === "only-if-cached" && state.mode !== "same-origin") {
    throw new TypeError("The option 'cache' can be 'only-if-cached' only with mode: 'same-origin' beside it");
  }
  if (priority !== undefined) enumValue(priority, priorities, "The option 'priority'");
  if (redirect !== undefined) state.redirect = enumValue(redirect, redirectModes, "The option 'redirect'");
  if (referrer !== undefined) state.referrer = referrerOf(USVString(referrer));
  if (referrerPolicy !== undefined) state.referrerPolicy = enumValue(referrerPolicy, referrerPolicies, "The option 'referrerPolicy'");
  if (hedge !== undefined) state.steering = toSteering(hedge);
  if (integrity !== undefined) state.integrity = DOMString(integrity);
  if (keepalive !== undefined) state.keepalive = !!keepalive;
  if (duplex !== undefined) enumValue(duplex, ["half"], "The option 'duplex'");
  if (method !== undefined) state.method = toMethod(method);
  checkKey(state);
  applySignal(state, signal, from);
  if (headers !== undefined) {
    state.headers = new HeaderList();
    fillHeaders(state.headers, headers);
  }
  applyBody(state, body, duplex, from);
}

function checkKey(state: State): void {
  if (state.steering === null || state.steering.key === "") return;
  if (state.method === "GET" || state.method === "HEAD" || state.method === "POST") return;
  throw new TypeError(`A request with the method ${state.method} cannot have a hedge.key: those with GET, HEAD and POST can`);
}

function referrerOf(text: string): string {
  if (text === "") return "";
  const record = parseAPIURL(text);
  if (record === null) throw new TypeError(`The referrer '${text}' is not a URL`);
  return serializeURL(record);
}

function applySignal(state: State, signal: unknown, from: State | null): void {
  if (signal !== undefined) {
    if (signal === null) return;
    if (!isAbortSignal(signal)) throw new TypeError("The option 'signal' is not an AbortSignal");
    state.signal = newDependentSignal([signal]);
  } else if (from !== null && (from.signal !== null || from.context !== undefined)) {
    state.signal = newDependentSignal([requestSignal(from)]);
  }
}

function applyBody(state: State, init: unknown, duplex: unknown, from: State | null): void {
  const given = init !== undefined && init !== null;
  const inherited = from === null ? null : from.body;
  if ((given || inherited !== null) && (state.method === "GET" || state.method === "HEAD")) {
    throw new TypeError(`A request with the method ${state.method} cannot have a body`);
  }
  if (given) {
    const { body, type } = extractBody(init);
    if (typeof init === "object" && body.isStream && duplex === undefined) {
      throw new TypeError("A request whose body is a stream needs the option duplex: 'half'");
    }
    state.body = body;
    if (type !== null && !state.headers.has("content-type")) state.headers.append("content-type", type);
  } else if (inherited !== null) {
    if (inherited.unusable) throw new TypeError("The body of the request was read before");
    state.body = inherited.move();
  }
}

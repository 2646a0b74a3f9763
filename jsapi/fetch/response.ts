// Response (Fetch §5.5).
import type { HostBody } from "../../worker/bodies.ts";
import { JSONStringify, RegExpPrototypeTest, TypeError, RangeError } from "../core/primordials.ts";
import { ByteString, USVString, defineInterface, dictionary, enumValue, illegalInvocation, isObject, requireArguments, unsignedShort } from "../core/webidl.ts";
import { parseAPIURL, serializeURL } from "../url/index.ts";
import { Body, extractBody } from "./body.ts";
import { HeaderList, headerListFrom, newHeaders, type Headers } from "./headers.ts";
import { bodyMembers, mixInBody } from "./mixin.ts";
import { sockets } from "./sockets.ts";

/** What a Response holds. */
class State {
  type = "default";
  status = 200;
  statusText = "";
  url = "";
  redirected = false;
  headers: HeaderList = new HeaderList();
  headersObject: Headers | null = null;
  immutable = false;
  body: Body | null = null;
  /** The body is in the form that Content-Encoding says already. */
  encoded = false;
  /** With the status 101: the connection, as long as nobody has made a WebSocket of it, and the WebSocket. */
  connection: HostBody | null = null;
  webSocket: object | null = null;
}

/** The first argument of a construction by the runtime. */
const internal: unknown = { __proto__: null };

let stateOf!: (response: Response) => State;
let isResponseObject!: (value: object) => boolean;

export class Response {
  #state: State;

  static {
    stateOf = (response) => response.#state;
    isResponseObject = (value) => #state in value;
  }

  constructor(body: unknown = null, init: unknown = undefined) {
    if (body === internal) {
      this.#state = init as State;
      return;
    }
    this.#state = new State();
    initialize(this.#state, body, init);
  }

  static error(): Response {
    const state = new State();
    state.type = "error";
    state.status = 0;
    state.immutable = true;
    return newResponse(state);
  }

  static redirect(url: unknown, status: unknown = 302): Response {
    requireArguments(arguments.length, 1, "Response.redirect");
    const text = USVString(url);
    const record = parseAPIURL(text);
    if (record === null) throw new TypeError(`'${text}' is not an absolute URL`);
    const code = unsignedShort(status);
    if (code !== 301 && code !== 302 && code !== 303 && code !== 307 && code !== 308) {
      throw new RangeError(`${code} is not the status of a redirect`);
    }
    const state = new State();
    state.status = code;
    state.immutable = true;
    state.headers.append("location", serializeURL(record));
    return newResponse(state);
  }

  static json(data: unknown, init: unknown = undefined): Response {
    requireArguments(arguments.length, 1, "Response.json");
    const text = JSONStringify(data);
    if (text === undefined) throw new TypeError("The data cannot be written as JSON");
    const state = new State();
    initialize(state, null, init, { body: new Body(USVString(text), null), type: "application/json" });
    return newResponse(state);
  }

  get type(): string {
    return this.#get().type;
  }

  get url(): string {
    return this.#get().url;
  }

  get redirected(): boolean {
    return this.#get().redirected;
  }

  get status(): number {
    return this.#get().status;
  }

  get ok(): boolean {
    const status = this.#get().status;
    return status >= 200 && status <= 299;
  }

  get statusText(): string {
    return this.#get().statusText;
  }

  get headers(): Headers {
    const state = this.#get();
    return (state.headersObject ??= newHeaders(state.headers, state.immutable));
  }

  /** The WebSocket of an answer with the status 101; null in others. */
  get webSocket(): object | null {
    const state = this.#get();
    if (state.connection !== null) {
      state.webSocket = sockets().wrap(state.connection);
      state.connection = null;
    }
    return state.webSocket;
  }

  clone(): Response {
    const state = this.#get();
    if (state.status === 101) throw new TypeError("The response cannot be cloned: there is one WebSocket");
    if (state.body !== null && state.body.unusable) throw new TypeError("The response cannot be cloned: its body was read");
    const copy = new State();
    copy.type = state.type;
    copy.status = state.status;
    copy.statusText = state.statusText;
    copy.url = state.url;
    copy.redirected = state.redirected;
    copy.headers = state.headers.copy();
    copy.immutable = state.immutable;
    copy.encoded = state.encoded;
    copy.body = state.body === null ? null : state.body.clone();
    return newResponse(copy);
  }

  #get(): State {
    if (!(#state in this)) illegalInvocation();
    return this.#state;
  }
}

mixInBody(Response, (value) => (isResponseObject(value) ? stateOf(value as Response) : null));
defineInterface(Response, "Response", {
  length: 0,
  enumerable: ["type", "url", "redirected", "status", "ok", "statusText", "headers", "webSocket", "clone", ...bodyMembers],
  static: ["error", "redirect", "json"],
});

export function isResponse(value: unknown): value is Response {
  return isObject(value) && isResponseObject(value);
}

/** The state of a response, for those who send it. */
export function responseState(response: Response): State {
  return stateOf(response);
}

export type { State as ResponseState };

function newResponse(state: State): Response {
  return new (Response as any)(internal, state);
}

/** A response with the body and all else of another, and headers of its own, which can be changed. */
export function withOwnHeaders(response: Response): Response {
  const state = stateOf(response);
  const own = new State();
  own.type = state.type;
  own.status = state.status;
  own.statusText = state.statusText;
  own.url = state.url;
  own.redirected = state.redirected;
  own.headers = state.headers.copy();
  own.body = state.body;
  own.encoded = state.encoded;
  own.connection = state.connection;
  own.webSocket = state.webSocket;
  return newResponse(own);
}

/** A response that the host received. list: reason, final URL and headers, of which the headers begin at headersAt. */
export function receivedResponse(status: number, reason: string, url: string, redirected: boolean, list: string, headersAt: number, body: HostBody | null): Response {
  const state = new State();
  state.type = "basic";
  state.status = status;
  state.statusText = reason;
  state.url = url;
  state.redirected = redirected;
  state.headers = new HeaderList(list, headersAt);
  state.immutable = true;
  if (status === 101) state.connection = body;
  else if (body !== null && hasNullBodyStatus(status)) body.cancel();
  else if (body !== null) state.body = new Body(body, null);
  return newResponse(state);
}

/** The response to a data: URL. */
export function dataResponse(url: string, contentType: string, body: Body | null): Response {
  const state = new State();
  state.type = "basic";
  state.statusText = "OK";
  state.url = url;
  state.headers.append("content-type", contentType);
  state.immutable = true;
  state.body = body;
  return newResponse(state);
}

/** The response to a blob: URL. */
export function blobResponse(url: string, type: string, size: number, body: Body): Response {
  const state = new State();
  state.type = "basic";
  state.statusText = "OK";
  state.url = url;
  state.headers.append("content-length", `${size}`);
  state.headers.append("content-type", type);
  state.immutable = true;
  state.body = body;
  return newResponse(state);
}

const reasonPhrase = /^[\t \x21-\x7e\x80-\xff]*$/;

function hasNullBodyStatus(status: number): boolean {
  return status === 101 || status === 103 || status === 204 || status === 205 || status === 304;
}

// Fetch "initialize a response"; the members are read in lexicographical order.
function initialize(state: State, init: unknown, options: unknown, made: { body: Body; type: string | null } | null = null): void {
  const { encodeBody, headers, status, statusText, webSocket } = dictionary(options, "The options of the response");
  if (encodeBody !== undefined) state.encoded = enumValue(encodeBody, ["automatic", "manual"], "The option 'encodeBody'") === "manual";
  if (headers !== undefined) state.headers = headerListFrom(headers);
  if (webSocket !== undefined && webSocket !== null) setSocket(state, webSocket, status);
  else if (status !== undefined) state.status = toStatus(status);
  if (statusText !== undefined) {
    state.statusText = ByteString(statusText, "The option 'statusText'");
    if (!RegExpPrototypeTest(reasonPhrase, state.statusText)) throw new TypeError("The option 'statusText' is not a reason phrase");
  }
  if (made === null && (init === null || init === undefined)) return;
  if (hasNullBodyStatus(state.status)) throw new TypeError(`A response with the status ${state.status} cannot have a body`);
  const { body, type } = made ?? extractBody(init);
  state.body = body;
  if (type !== null && !state.headers.has("content-type")) state.headers.append("content-type", type);
}

function setSocket(state: State, webSocket: unknown, status: unknown): void {
  if (!sockets().is(webSocket)) throw new TypeError("The option 'webSocket' is not a WebSocket");
  if (status !== undefined && unsignedShort(status) !== 101) throw new RangeError("A response with a WebSocket has the status 101");
  state.status = 101;
  state.webSocket = webSocket;
}

function toStatus(value: unknown): number {
  const status = unsignedShort(value);
  if (status < 200 || status > 599) throw new RangeError(`${status} is not a status between 200 and 599`);
  return status;
}

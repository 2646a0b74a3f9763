// The globals of this folder, as apps see them.

type HeadersInit = Headers | Record<string, string> | Iterable<readonly [string, string]>;

/** Header fields; names are case-insensitive. https://fetch.spec.whatwg.org/#headers-class */
declare class Headers {
  constructor(init?: HeadersInit);
  append(name: string, value: string): void;
  delete(name: string): void;
  /** The values of all fields of that name, joined with ", ", or null. */
  get(name: string): string | null;
  /** The values of Set-Cookie, one by one. */
  getSetCookie(): string[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  forEach(callback: (value: string, name: string, headers: Headers) => void, thisArg?: unknown): void;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}

type BodyInit = ReadableStream<Uint8Array> | Blob | ArrayBuffer | ArrayBufferView | FormData | URLSearchParams | string;

/** What requests and responses have in common. A body can be read once. https://fetch.spec.whatwg.org/#body-mixin */
interface Body {
  /** The body as it arrives, or null if there is none. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
  blob(): Promise<Blob>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  formData(): Promise<FormData>;
  json<T = any>(): Promise<T>;
  text(): Promise<string>;
}

/** A URL has to be absolute. */
type RequestInfo = Request | URL | string;
type RequestRedirect = "follow" | "error" | "manual";
type RequestCache = "default" | "no-store" | "reload" | "no-cache" | "force-cache" | "only-if-cached";
type RequestCredentials = "omit" | "same-origin" | "include";
type RequestMode = "same-origin" | "no-cors" | "cors";
type RequestPriority = "high" | "low" | "auto";
type ReferrerPolicy =
  | ""
  | "no-referrer"
  | "no-referrer-when-downgrade"
  | "same-origin"
  | "origin"
  | "strict-origin"
  | "origin-when-cross-origin"
  | "strict-origin-when-cross-origin"
  | "unsafe-url";

/** How an answer is cached at the edge. Times are whole seconds. Members with other names are TypeErrors. */
interface CacheOptions {
  /**
   * How long the answer is fresh, from when it comes, in place of its own max-age, s-maxage, Expires and no-cache. It holds for answers with the
   * status 200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414 and 501: errors of the origin go by their own word.
   */
  ttl?: number;
  /** How long after that it is used while it is revalidated in the background. */
  staleWhileRevalidate?: number;
  /** How long after that it is used when the origin cannot be reached, or answers with 500, 502, 503 or 504. */
  staleIfError?: number;
  /** What the answer is about, besides its own Cache-Tag and Surrogate-Key, for purges. A tag has up to 256 characters and neither spaces nor commas. */
  tags?: string[];
  /**
   * The name of the entry, in place of the URL: whatever requests of the app have the same one get the same answer. Everything that may change the
   * answer has to be in it. With a key, the answer to a POST is stored too, if it says how long, or ttl does; PUT,
   * PATCH and DELETE that go well remove what is stored by it.
   */
  key?: string;
  /**
   * "always" stores answers that are private or no-store as well, those that set cookies, without the cookies, and those to requests with Authorization: the app
   * knows that they are the same for everybody who gets them, or that their key says whose they are. "never" stores nothing; what is there is used.
   */
  store?: "always" | "never";
}

/** How to make a request; what is absent is taken from the request that is the first argument, if there is one. */
interface RequestInit {
  /** "GET" if absent. */
  method?: string;
  /** Replaces all headers. None is forbidden; Host, Content-Length and those of the connection are not sent, for the host makes its own. */
  headers?: HeadersInit;
  /** Not for GET and HEAD. Text, forms, Blobs and URLSearchParams bring a Content-Type, unless headers has one. */
  body?: BodyInit | null;
  /** "follow" if absent, but "manual" for requests that came in. "manual" hands redirects over as they are. */
  redirect?: RequestRedirect;
  /** Aborts the request, and the body of the response. */
  signal?: AbortSignal | null;
  /** Required, and "half", when the body is a stream. */
  duplex?: "half";
  /**
   * How the request goes through the edge's cache, in the words of the Fetch standard. "no-store": not at all. "reload": what is stored is not
   * used, and what comes is stored. "no-cache": what is stored is used once the origin has said that it is right still. "force-cache": what is stored is
   * used, however old. "only-if-cached", which goes with mode "same-origin" alone: likewise, and a TypeError where there is nothing.
   */
  cache?: RequestCache;
  /** What the edge's cache does with the answer besides what that says itself. It is Hedge's own; null takes back what the first argument has. */
  hedge?: CacheOptions | null;
  /** Kept for the app to read; browsers act on the following, an edge has nothing to do. */
  credentials?: RequestCredentials;
  integrity?: string;
  keepalive?: boolean;
  mode?: RequestMode;
  priority?: RequestPriority;
  referrer?: string;
  referrerPolicy?: ReferrerPolicy;
  window?: null;
}

/** A request. https://fetch.spec.whatwg.org/#request-class */
interface Request extends Body {}
declare class Request {
  constructor(input: RequestInfo, init?: RequestInit);
  /** In upper case, if it is one of the standard's. */
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  /** Those of a request that came in cannot be changed; `new Request(request)` has some that can. */
  readonly headers: Headers;
  readonly redirect: RequestRedirect;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  readonly integrity: string;
  readonly keepalive: boolean;
  readonly duplex: "half";
  readonly cache: RequestCache;
  readonly credentials: RequestCredentials;
  readonly destination: "";
  readonly isHistoryNavigation: boolean;
  readonly isReloadNavigation: boolean;
  readonly mode: RequestMode;
  readonly referrer: string;
  readonly referrerPolicy: ReferrerPolicy;
  /** The same request once more. The two bodies are read one by one: what only one has read is held in memory. */
  clone(): Request;
}

interface ResponseInit {
  /** From 200 to 599; 200 if absent. 204, 205 and 304 have no body. 101 if there is a webSocket. */
  status?: number;
  /** The reason phrase, for HTTP/1.1. */
  statusText?: string;
  headers?: HeadersInit;
  /**
   * What a Content-Encoding in headers means. "manual": the body already is in that form. "automatic", if absent: the body
   * is plain, and is put into that form on its way out. This option is Hedge's own, not the standard's.
   */
  encodeBody?: "automatic" | "manual";
  /** What the client goes on to talk with, as on Cloudflare Workers: an end of a WebSocketPair, or the webSocket of a response that fetch got. */
  webSocket?: WebSocket | null;
}

/** A response. https://fetch.spec.whatwg.org/#response-class */
interface Response extends Body {}
declare class Response {
  constructor(body?: BodyInit | null, init?: ResponseInit);
  static error(): Response;
  /** A response with a Location; the status is 302 if absent. */
  static redirect(url: string | URL, status?: number): Response;
  /** A response with the value as JSON. */
  static json(data: unknown, init?: ResponseInit): Response;
  readonly type: "basic" | "default" | "error";
  /** Where it came from, after redirects; "" if made by code. */
  readonly url: string;
  readonly redirected: boolean;
  readonly status: number;
  /** Whether the status is from 200 to 299. */
  readonly ok: boolean;
  readonly statusText: string;
  /** Those of a response that came from fetch cannot be changed; `new Response(response.body, response)` has some that can. */
  readonly headers: Headers;
  /** What an answer with the status 101 leads to; null in others. As on Cloudflare Workers. */
  readonly webSocket: WebSocket | null;
  /** The same response once more. The two bodies are read one by one: what only one has read is held in memory. */
  clone(): Response;
}

/**
 * Sends a request to an http:, https: or data: URL, and resolves when the head of its response has arrived. Rejects with a TypeError
 * when there is no response; a status such as 404 or 502 is one. https://fetch.spec.whatwg.org/#fetch-method
 */
declare function fetch(input: RequestInfo, init?: RequestInit): Promise<Response>;

/** What a fetch handler gets as its third argument. */
interface Context {
  /** Lets work go on after the response has ended, for as long as the app's limits allow. A rejection is logged. */
  waitUntil(promise: Promise<unknown>): void;
}

/** Another name of Context, for apps that know it by this one. */
interface ExecutionContext extends Context {}

/**
 * What a fetch handler gets as its second argument: the app's [vars] by their names. An app can declare its own, or
 * add to this one: `declare global { interface Env { GREETING: string } }`.
 */
interface Env {}

/** What an app's main module exports as its default: `export default { … } satisfies ExportedHandler`. */
interface ExportedHandler<E = Env> {
  /** Answers a request. */
  fetch?(request: Request, env: E, ctx: Context): Response | Promise<Response>;
}

/** An event that can be kept alive. https://w3c.github.io/ServiceWorker/#extendableevent-interface */
declare class ExtendableEvent extends Event {
  constructor(type: string, init?: EventInit);
  /** Lets work go on after the response has ended, for as long as the app's limits allow. */
  waitUntil(promise: Promise<unknown>): void;
}

/** A request, for apps that listen instead of exporting a handler. https://w3c.github.io/ServiceWorker/#fetchevent-interface */
declare class FetchEvent extends ExtendableEvent {
  constructor(type: string, init: EventInit & { request: Request });
  readonly request: Request;
  /** Answers the request; to be called before the listener returns, and once. */
  respondWith(response: Response | Promise<Response>): void;
}

interface GlobalEventMap {
  fetch: FetchEvent;
}

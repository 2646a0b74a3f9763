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

type RequestInfo = Request | URL | string;
type RequestRedirect = "follow" | "error" | "manual";

interface RequestInit {
  method?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
  /** "manual" hands redirects over as they are. */
  redirect?: RequestRedirect;
  /** Aborts the request, and the body of the response. */
  signal?: AbortSignal | null;
  /** Required, and "half", when the body is a stream. */
  duplex?: "half";
  integrity?: string;
  keepalive?: boolean;
}

/** A request. https://fetch.spec.whatwg.org/#request-class */
interface Request extends Body {}
declare class Request {
  constructor(input: RequestInfo, init?: RequestInit);
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers: Headers;
  readonly redirect: RequestRedirect;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  readonly integrity: string;
  readonly keepalive: boolean;
  readonly duplex: "half";
  readonly cache: string;
  readonly credentials: string;
  readonly destination: string;
  readonly mode: string;
  readonly referrer: string;
  readonly referrerPolicy: string;
  clone(): Request;
}

interface ResponseInit {
  /** From 200 to 599; 200 if absent. */
  status?: number;
  statusText?: string;
  headers?: HeadersInit;
  /** "manual" says that the body already is as Content-Encoding says; otherwise it is encoded. */
  encodeBody?: "automatic" | "manual";
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
  readonly headers: Headers;
  clone(): Response;
}

/** Sends a request, and resolves when the head of its response has arrived. https://fetch.spec.whatwg.org/#fetch-method */
declare function fetch(input: RequestInfo, init?: RequestInit): Promise<Response>;

/** What a fetch handler gets as its third argument. */
interface Context {
  /** Lets work go on after the response has ended, for as long as the app's limits allow. */
  waitUntil(promise: Promise<unknown>): void;
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
  /** Answers the request; to be called before the listener returns. */
  respondWith(response: Response | Promise<Response>): void;
}

declare function addEventListener(type: "fetch", listener: (event: FetchEvent) => unknown): void;

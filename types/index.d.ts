// The types of what apps see in Hedge: the globals, and the modules "hedge:*".
// Generated from jsapi/*/types.d.ts by go generate; change those.

// jsapi/blob

// The globals of this folder, as apps see them.

type BlobPart = ArrayBuffer | ArrayBufferView | Blob | string;

interface BlobPropertyBag {
  /** The media type, as in "text/plain". */
  type?: string;
  /** "native" makes every line ending of the strings a "\n". */
  endings?: "transparent" | "native";
}

/** Bytes that do not change. https://w3c.github.io/FileAPI/#blob-section */
declare class Blob {
  constructor(blobParts?: Iterable<BlobPart>, options?: BlobPropertyBag);
  /** The number of bytes. */
  readonly size: number;
  /** The media type in lower case, or "". */
  readonly type: string;
  /** Bytes [start, end), which are not copied; negative positions count from the end. */
  slice(start?: number, end?: number, contentType?: string): Blob;
  /** A byte stream of the bytes. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** The bytes as UTF-8, without a byte order mark. */
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

interface FilePropertyBag extends BlobPropertyBag {
  /** Milliseconds since 1970; now, if absent. */
  lastModified?: number;
}

/** A Blob with a name, as a form uploads it. */
declare class File extends Blob {
  constructor(fileBits: Iterable<BlobPart>, fileName: string, options?: FilePropertyBag);
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
}

type FormDataEntryValue = File | string;

/** The fields of a form. https://xhr.spec.whatwg.org/#interface-formdata */
declare class FormData {
  constructor();
  append(name: string, value: string): void;
  append(name: string, value: Blob, filename?: string): void;
  delete(name: string): void;
  get(name: string): FormDataEntryValue | null;
  getAll(name: string): FormDataEntryValue[];
  has(name: string): boolean;
  /** Puts the value in the place of the first field of that name, and removes the others. */
  set(name: string, value: string): void;
  set(name: string, value: Blob, filename?: string): void;
  entries(): IterableIterator<[string, FormDataEntryValue]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<FormDataEntryValue>;
  forEach(callback: (value: FormDataEntryValue, key: string, form: FormData) => void, thisArg?: unknown): void;
  [Symbol.iterator](): IterableIterator<[string, FormDataEntryValue]>;
}

// jsapi/cache

// The module of this folder, as apps see it.

/**
 * Values that an app keeps beside HTTP, in the edge's cache: for all its isolates on a server, until their time is over, they are deleted or purged, or have to
 * make room for what is asked for more often. Keys have up to 2,048 characters; times are seconds, also broken ones.
 */
declare module "hedge:cache" {
  /** What is kept: bytes, from a buffer, a view, a Blob or a stream, which come back as bytes; or else what can be written as JSON, which comes back as that. */
  export type Value = ArrayBuffer | ArrayBufferView | Blob | ReadableStream<Uint8Array> | object | string | number | boolean | null;

  /** How a value is kept. */
  export interface SetOptions {
    /** For how long. If absent: until it has to make room. */
    ttl?: number;
    /** What the value is about, for purges. */
    tags?: string[];
    /** Leaves a value that is there. */
    onlyIfEmpty?: boolean;
  }

  /** The value of a key, or undefined. A type has it read in another way than it was kept; "stream" is for values that are large. */
  export function get<T = any>(key: string, options?: { type?: "json" }): Promise<T | undefined>;
  export function get(key: string, options: { type: "text" }): Promise<string | undefined>;
  export function get(key: string, options: { type: "bytes" }): Promise<Uint8Array<ArrayBuffer> | undefined>;
  export function get(key: string, options: { type: "stream" }): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | undefined>;

  /** The values of up to 1,000 keys, in their order, with undefined for those that are not there. */
  export function getMulti<T = any>(keys: readonly string[], options?: { type?: "json" | "text" | "bytes" | "stream" }): Promise<(T | undefined)[]>;

  /** Keeps a value, and resolves to whether it has: false if onlyIfEmpty is set and there is one. A value that is too large for the cache is a RangeError. */
  export function set(key: string, value: Value, options?: SetOptions): Promise<boolean>;

  /** Keeps a value that is there for ttl from now on; without a ttl until it has to make room. Resolves to whether there is one. */
  export function touch(key: string, ttl?: number): Promise<boolean>;

  function remove(key: string): Promise<boolean>;
  /** Removes a value, and resolves to whether there was one. `import * as cache from "hedge:cache"` gives it a name: cache.delete(key). */
  export { remove as delete };

  /**
   * Adds to an integer, and resolves to the sum. Nothing comes in between, whichever isolate it is. Where there is no value it begins at 0, with the options; else
   * the value stays for as long as it would have. A value that is no integer is a TypeError.
   */
  export function increment(key: string, by?: number, options?: { ttl?: number; tags?: string[] }): Promise<number>;

  export interface GetOrSetOptions {
    /** How long after its time a value is used while it is made anew in the background; as long as ttl if absent. 0: not at all. */
    staleWhileRevalidate?: number;
    /** How long after its time a value is used when fn fails. */
    staleIfError?: number;
    tags?: string[];
    type?: "json" | "text" | "bytes" | "stream";
  }

  /**
   * The value of a key, or that which fn makes, and which is kept for ttl. Of all who ask at once, in whichever isolate of the server, one calls fn, and the
   * others wait for it; if it throws, they reject too, and if its request is over, the next of them takes its place.
   * fn must not ask for its own key: that is an error, also by way of other keys.
   */
  export function getOrSet<T extends Value>(key: string, ttl: number, fn: () => T | Promise<T>, options?: GetOrSetOptions): Promise<T extends ArrayBuffer | ArrayBufferView | Blob | ReadableStream ? Uint8Array<ArrayBuffer> : T>;

  /**
   * What is purged is not used any more from now on: answers and values with a tag, answers for a URL, for those that begin with a prefix, of a host, or all that the app has. A URL is
   * that of the request which was answered from the cache. soft leaves it to be used while it is made anew, and when that fails. An app may purge 20 times a second, and 500 times at once.
   */
  export function purge(what: ({ tag: string } | { url: string | URL } | { prefix: string } | { host: string } | { all: true }) & { soft?: boolean }): Promise<void>;

  /** purge({ tag }). */
  export function purgeTag(tag: string, options?: { soft?: boolean }): Promise<void>;
}

interface CacheQueryOptions {
  /** Matches requests with any method. */
  ignoreMethod?: boolean;
  /** Not supported: an entry is found by its whole URL. */
  ignoreSearch?: false;
  /** Not supported: an entry is found by what its response varies by. */
  ignoreVary?: false;
}

/**
 * Responses under requests, in the edge's cache: for all isolates of the app on a server, until they are not fresh any more or have to make room.
 * https://w3c.github.io/ServiceWorker/#cache-interface
 */
declare class Cache {
  private constructor();
  /**
   * The response that was put under a request with this URL, and with the fields that it varies by, if it is fresh. Conditions and ranges of the request are answered, with 304 and 206.
   * Within its stale-while-revalidate, one who asks gets undefined, and is expected to put a new one, while the others get the stale one.
   */
  match(request: RequestInfo, options?: CacheQueryOptions): Promise<Response | undefined>;
  /** What match() finds, in an array. Without a request it is not supported. */
  matchAll(request: RequestInfo, options?: CacheQueryOptions): Promise<Response[]>;
  /** Fetches and puts. */
  add(request: RequestInfo): Promise<void>;
  addAll(requests: Iterable<RequestInfo>): Promise<void>;
  /**
   * Keeps a response for as long as it says that it is fresh, by Cache-Control or Expires; one that says nothing stays until it has to make room. What is private, no-store or no-cache,
   * or sets a cookie without being public, is not kept. Cache-Tag and Surrogate-Key are its tags.
   */
  put(request: RequestInfo, response: Response): Promise<void>;
  delete(request: RequestInfo, options?: CacheQueryOptions): Promise<boolean>;
}

/** https://w3c.github.io/ServiceWorker/#cachestorage-interface */
declare class CacheStorage {
  private constructor();
  /** A cache that needs no name, as on Cloudflare Workers. */
  readonly default: Cache;
  open(cacheName: string): Promise<Cache>;
  /** match() of the cache with that name, or of caches.default. */
  match(request: RequestInfo, options?: CacheQueryOptions & { cacheName?: string }): Promise<Response | undefined>;
  /** Empties the cache. */
  delete(cacheName: string): Promise<boolean>;
}

declare const caches: CacheStorage;

// jsapi/clone

// The globals of this folder, as apps see them.

/** What can be moved to where a copy goes. A stream that is locked cannot; what goes through one afterwards is copied. */
type Transferable = ArrayBuffer | MessagePort | ReadableStream | WritableStream | TransformStream;

/**
 * A deep copy. What is listed in transfer is moved, and cannot be used here any more. Throws a DataCloneError for functions,
 * symbols and whatever else has no copy. https://html.spec.whatwg.org/#dom-structuredclone
 */
declare function structuredClone<T>(value: T, options?: { transfer?: Iterable<Transferable> }): T;

// jsapi/compression

// The globals of this folder, as apps see them.

/** https://compression.spec.whatwg.org/; "zstd" is our own. */
type CompressionFormat = "brotli" | "deflate" | "deflate-raw" | "gzip" | "zstd";

declare class CompressionStream {
  constructor(format: CompressionFormat);
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<ArrayBuffer | ArrayBufferView>;
}

/** Malformed input, input that ends too early and data behind its end are a TypeError. */
declare class DecompressionStream {
  constructor(format: CompressionFormat);
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<ArrayBuffer | ArrayBufferView>;
}

// jsapi/console

// The globals of this folder, as apps see them.

/** https://console.spec.whatwg.org/ Text with levels goes to the log of the app. */
interface Console {
  debug(...data: unknown[]): void;
  /** Strings as they are, other values as text for people. A string in front can have %s, %d, %i, %f, %o, %O and %c. */
  log(...data: unknown[]): void;
  info(...data: unknown[]): void;
  warn(...data: unknown[]): void;
  error(...data: unknown[]): void;
  /** Logs, with the call stack. */
  trace(...data: unknown[]): void;
  /** Logs an error when the condition is false. */
  assert(condition?: unknown, ...data: unknown[]): void;
  /** Ends all groups. */
  clear(): void;
  /** Logs how often it has been called for the label. */
  count(label?: string): void;
  countReset(label?: string): void;
  /** Indents what follows, up to groupEnd. */
  group(...data: unknown[]): void;
  groupCollapsed(...data: unknown[]): void;
  groupEnd(): void;
  /** Logs rows and columns; properties are the columns to show. */
  table(tabularData?: unknown, properties?: Iterable<string>): void;
  dir(item?: unknown, options?: { depth?: number | null; colors?: boolean; showHidden?: boolean }): void;
  dirxml(...data: unknown[]): void;
  /** Starts a timer. Time stands still while code runs, and goes on when it waits. */
  time(label?: string): void;
  timeLog(label?: string, ...data: unknown[]): void;
  timeEnd(label?: string): void;
  timeStamp(label?: string): void;
}

declare var console: Console;

// jsapi/core

// What is there without any feature: WebAssembly, and what imports of files give.

/** https://webassembly.github.io/spec/js-api/ */
declare namespace WebAssembly {
  type ImportValue = Function | Global | Memory | Table | Tag | number | bigint;
  type Imports = Record<string, Record<string, ImportValue>>;
  type ExportValue = Function | Global | Memory | Table | Tag;
  type Kind = "function" | "global" | "memory" | "table" | "tag";
  class Module {
    constructor(bytes: ArrayBuffer | ArrayBufferView);
    static exports(module: Module): { name: string; kind: Kind }[];
    static imports(module: Module): { module: string; name: string; kind: Kind }[];
    static customSections(module: Module, name: string): ArrayBuffer[];
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Record<string, any>;
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Table {
    constructor(descriptor: { element: "anyfunc" | "externref"; initial: number; maximum?: number }, value?: unknown);
    readonly length: number;
    get(index: number): any;
    set(index: number, value?: unknown): void;
    grow(by: number, value?: unknown): number;
  }
  class Global {
    constructor(descriptor: { value: string; mutable?: boolean }, value?: unknown);
    value: any;
    valueOf(): any;
  }
  class Tag {
    constructor(type: { parameters: string[] });
  }
  class Exception {
    constructor(tag: Tag, payload: unknown[], options?: { traceStack?: boolean });
    is(tag: Tag): boolean;
    getArg(tag: Tag, index: number): any;
  }
  /** The tag of JavaScript's exceptions. */
  const JSTag: Tag;
  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}
  function compile(bytes: ArrayBuffer | ArrayBufferView): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
  function instantiate(bytes: ArrayBuffer | ArrayBufferView, imports?: Imports): Promise<{ module: Module; instance: Instance }>;
  /** The response's type has to be application/wasm. */
  function compileStreaming(source: Response | Promise<Response>): Promise<Module>;
  function instantiateStreaming(source: Response | Promise<Response>, imports?: Imports): Promise<{ module: Module; instance: Instance }>;
  function validate(bytes: ArrayBuffer | ArrayBufferView): boolean;
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*.txt" {
  const text: string;
  export default text;
}

declare module "*.html" {
  const text: string;
  export default text;
}

declare module "*.css" {
  const text: string;
  export default text;
}

declare module "*.md" {
  const text: string;
  export default text;
}

declare module "*.sql" {
  const text: string;
  export default text;
}

declare module "*.svg" {
  const text: string;
  export default text;
}

declare module "*.xml" {
  const text: string;
  export default text;
}

declare module "*.csv" {
  const text: string;
  export default text;
}

declare module "*.graphql" {
  const text: string;
  export default text;
}

declare module "*.bin" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.png" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.jpg" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.jpeg" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.gif" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.webp" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.avif" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.ico" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.pdf" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.woff" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.woff2" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.ttf" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.otf" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

// jsapi/crypto

// The globals of this folder, as apps see them.

/** https://w3c.github.io/webcrypto/#crypto-interface */
declare class Crypto {
  private constructor();
  /**
   * Fills an array of integers with random values and returns it. At most 65,536 bytes: a QuotaExceededError
   * for more, a TypeMismatchError for arrays of other things than integers.
   */
  getRandomValues<T extends ArrayBufferView<ArrayBuffer>>(array: T): T;
  readonly subtle: SubtleCrypto;
  /** Of Workers: a stream that ends in a digest. */
  readonly DigestStream: DigestStreamConstructor;
  /** A random UUID (version 4). */
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`;
}

declare var crypto: Crypto;

/** https://w3c.github.io/webcrypto/#cryptokey-interface */
declare class CryptoKey {
  private constructor();
  readonly type: "secret" | "private" | "public";
  readonly extractable: boolean;
  readonly algorithm: KeyAlgorithm;
  readonly usages: KeyUsage[];
}

type KeyUsage = "encrypt" | "decrypt" | "sign" | "verify" | "deriveKey" | "deriveBits" | "wrapKey" | "unwrapKey";
type KeyFormat = "raw" | "spki" | "pkcs8" | "jwk";

interface KeyAlgorithm {
  name: string;
  length?: number;
  hash?: { name: string };
  namedCurve?: string;
  modulusLength?: number;
  publicExponent?: Uint8Array<ArrayBuffer>;
}

interface CryptoKeyPair {
  publicKey: CryptoKey;
  privateKey: CryptoKey;
}

/** RFC 7517. */
interface JsonWebKey {
  kty?: string;
  use?: string;
  key_ops?: string[];
  alg?: string;
  ext?: boolean;
  crv?: string;
  x?: string;
  y?: string;
  d?: string;
  n?: string;
  e?: string;
  p?: string;
  q?: string;
  dp?: string;
  dq?: string;
  qi?: string;
  k?: string;
}

type HashName = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512" | "SHA3-256" | "SHA3-384" | "SHA3-512";
type CryptoBytes = ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** An algorithm by its name, or with its parameters: https://w3c.github.io/webcrypto/#algorithm-overview */
type AlgorithmIdentifier =
  | string
  | {
      name: string;
      hash?: HashName | { name: string };
      iv?: CryptoBytes;
      additionalData?: CryptoBytes;
      tagLength?: number;
      counter?: CryptoBytes;
      length?: number;
      label?: CryptoBytes;
      saltLength?: number;
      salt?: CryptoBytes;
      info?: CryptoBytes;
      iterations?: number;
      namedCurve?: string;
      modulusLength?: number;
      publicExponent?: Uint8Array<ArrayBuffer>;
      public?: CryptoKey;
      context?: CryptoBytes;
    };

/** https://w3c.github.io/webcrypto/#subtlecrypto-interface */
declare class SubtleCrypto {
  private constructor();
  encrypt(algorithm: AlgorithmIdentifier, key: CryptoKey, data: CryptoBytes): Promise<ArrayBuffer>;
  decrypt(algorithm: AlgorithmIdentifier, key: CryptoKey, data: CryptoBytes): Promise<ArrayBuffer>;
  sign(algorithm: AlgorithmIdentifier, key: CryptoKey, data: CryptoBytes): Promise<ArrayBuffer>;
  verify(algorithm: AlgorithmIdentifier, key: CryptoKey, signature: CryptoBytes, data: CryptoBytes): Promise<boolean>;
  digest(algorithm: HashName | { name: string }, data: CryptoBytes): Promise<ArrayBuffer>;
  generateKey(algorithm: AlgorithmIdentifier, extractable: boolean, keyUsages: KeyUsage[]): Promise<CryptoKey | CryptoKeyPair>;
  deriveKey(algorithm: AlgorithmIdentifier, baseKey: CryptoKey, derivedKeyType: AlgorithmIdentifier, extractable: boolean, keyUsages: KeyUsage[]): Promise<CryptoKey>;
  deriveBits(algorithm: AlgorithmIdentifier, baseKey: CryptoKey, length?: number | null): Promise<ArrayBuffer>;
  importKey(format: "jwk", keyData: JsonWebKey, algorithm: AlgorithmIdentifier, extractable: boolean, keyUsages: KeyUsage[]): Promise<CryptoKey>;
  importKey(format: "raw" | "spki" | "pkcs8", keyData: CryptoBytes, algorithm: AlgorithmIdentifier, extractable: boolean, keyUsages: KeyUsage[]): Promise<CryptoKey>;
  exportKey(format: "jwk", key: CryptoKey): Promise<JsonWebKey>;
  exportKey(format: "raw" | "spki" | "pkcs8", key: CryptoKey): Promise<ArrayBuffer>;
  wrapKey(format: KeyFormat, key: CryptoKey, wrappingKey: CryptoKey, wrapAlgorithm: AlgorithmIdentifier): Promise<ArrayBuffer>;
  unwrapKey(
    format: KeyFormat,
    wrappedKey: CryptoBytes,
    unwrappingKey: CryptoKey,
    unwrapAlgorithm: AlgorithmIdentifier,
    unwrappedKeyAlgorithm: AlgorithmIdentifier,
    extractable: boolean,
    keyUsages: KeyUsage[],
  ): Promise<CryptoKey>;
  /** Of Workers: whether two byte strings of the same length are equal, in a time that does not tell where they differ. */
  timingSafeEqual(a: CryptoBytes, b: CryptoBytes): boolean;
}

/** Of Workers: a stream that ends in a digest of the bytes, or the text, that were written to it. It is crypto.DigestStream. */
interface DigestStream extends WritableStream<CryptoBytes | string> {
  readonly digest: Promise<ArrayBuffer>;
  readonly bytesWritten: bigint;
}
interface DigestStreamConstructor {
  new (algorithm: HashName | { name: string }): DigestStream;
}

// jsapi/encoding

// The globals of this folder, as apps see them.

type BufferSource = ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** Encodes text as UTF-8. https://encoding.spec.whatwg.org/#interface-textencoder */
declare class TextEncoder {
  constructor();
  /** "utf-8". */
  readonly encoding: string;
  /** The UTF-8 of a text; lone surrogates become U+FFFD. */
  encode(input?: string): Uint8Array<ArrayBuffer>;
  /** Writes as many whole characters as fit. read counts UTF-16 code units, written bytes. */
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}

interface TextDecoderOptions {
  /** Throws a TypeError for malformed input, which otherwise becomes U+FFFD. */
  fatal?: boolean;
  /** Leaves a byte order mark in the text. */
  ignoreBOM?: boolean;
}

/** Decodes bytes. https://encoding.spec.whatwg.org/#interface-textdecoder */
declare class TextDecoder {
  /** A label of any encoding of the Encoding standard, UTF-8 if there is none; a RangeError for others. */
  constructor(label?: string, options?: TextDecoderOptions);
  /** The encoding's name in lower case. */
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  /** The text of bytes. With stream, a character that they end in the middle of is kept for the next call. */
  decode(input?: BufferSource, options?: { stream?: boolean }): string;
}

/** Encodes a stream of strings as UTF-8. */
declare class TextEncoderStream {
  constructor();
  readonly encoding: string;
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<string>;
}

/** Decodes a stream of bytes. */
declare class TextDecoderStream {
  constructor(label?: string, options?: TextDecoderOptions);
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  readonly readable: ReadableStream<string>;
  readonly writable: WritableStream<BufferSource>;
}

/** Base64 of the bytes that a string's characters up to U+00FF stand for; others throw an InvalidCharacterError. */
declare function btoa(data: string): string;

/**
 * The bytes of base64, each as a character up to U+00FF. Whitespace may be in it and padding left away;
 * an InvalidCharacterError for what is no base64.
 */
declare function atob(data: string): string;

// jsapi/events

// The globals of this folder, as apps see them.

/** What an Event's constructor takes. */
interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

/** Something that happened. https://dom.spec.whatwg.org/#interface-event */
declare class Event {
  static readonly NONE: 0;
  static readonly CAPTURING_PHASE: 1;
  static readonly AT_TARGET: 2;
  static readonly BUBBLING_PHASE: 3;
  readonly NONE: 0;
  readonly CAPTURING_PHASE: 1;
  readonly AT_TARGET: 2;
  readonly BUBBLING_PHASE: 3;
  constructor(type: string, init?: EventInit);
  readonly type: string;
  /** Where the event is or was last dispatched. */
  readonly target: EventTarget | null;
  /** Whose listeners are running now. */
  readonly currentTarget: EventTarget | null;
  /** @deprecated Use target. */
  readonly srcElement: EventTarget | null;
  /** The targets that the event visits: while it is dispatched, currentTarget. */
  composedPath(): EventTarget[];
  readonly eventPhase: number;
  stopPropagation(): void;
  /** Keeps the listeners that follow from running. */
  stopImmediatePropagation(): void;
  /** @deprecated Use stopPropagation(). */
  cancelBubble: boolean;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly composed: boolean;
  /** Cancels a cancelable event: dispatchEvent returns false. */
  preventDefault(): void;
  readonly defaultPrevented: boolean;
  /** @deprecated Use defaultPrevented. */
  returnValue: boolean;
  /** Whether the runtime made the event. */
  readonly isTrusted: boolean;
  /** When the event was made, in milliseconds since performance.timeOrigin. */
  readonly timeStamp: number;
  /** @deprecated Use the constructor. */
  initEvent(type: string, bubbles?: boolean, cancelable?: boolean): void;
}

interface CustomEventInit<T = any> extends EventInit {
  detail?: T;
}

/** An event that carries an app's own value. */
declare class CustomEvent<T = any> extends Event {
  constructor(type: string, init?: CustomEventInit<T>);
  readonly detail: T;
  /** @deprecated Use the constructor. */
  initCustomEvent(type: string, bubbles?: boolean, cancelable?: boolean, detail?: T): void;
}

interface ProgressEventInit extends EventInit {
  lengthComputable?: boolean;
  loaded?: number;
  total?: number;
}

/** How far something has come. https://xhr.spec.whatwg.org/#interface-progressevent */
declare class ProgressEvent extends Event {
  constructor(type: string, init?: ProgressEventInit);
  readonly lengthComputable: boolean;
  readonly loaded: number;
  readonly total: number;
}

interface ErrorEventInit extends EventInit {
  message?: string;
  filename?: string;
  lineno?: number;
  colno?: number;
  error?: any;
}

/** An exception that nothing caught: the "error" event of the global scope. */
declare class ErrorEvent extends Event {
  constructor(type: string, init?: ErrorEventInit);
  readonly message: string;
  readonly filename: string;
  /** Line and column count from 1; 0 is unknown. */
  readonly lineno: number;
  readonly colno: number;
  /** What was thrown. */
  readonly error: any;
}

interface PromiseRejectionEventInit extends EventInit {
  promise: object;
  reason?: any;
}

/** A rejected promise without a handler ("unhandledrejection"), or with a late one ("rejectionhandled"). */
declare class PromiseRejectionEvent extends Event {
  constructor(type: string, init: PromiseRejectionEventInit);
  readonly promise: Promise<any>;
  readonly reason: any;
}

type EventListener = (event: any) => unknown;

/** An object whose handleEvent method is looked up and called for each event. */
interface EventListenerObject {
  handleEvent(event: any): unknown;
}

type EventListenerOrEventListenerObject = EventListener | EventListenerObject;

interface EventListenerOptions {
  capture?: boolean;
}

interface AddEventListenerOptions extends EventListenerOptions {
  /** Remove the listener as its first event comes. */
  once?: boolean;
  /** The listener's preventDefault() does nothing. */
  passive?: boolean;
  /** Remove the listener when this is aborted. */
  signal?: AbortSignal;
}

/** Something that events are dispatched to: those of Events by their types, and any other. https://dom.spec.whatwg.org/#interface-eventtarget */
declare class EventTarget<Events = {}> {
  addEventListener<K extends keyof Events>(
    type: K,
    listener: (event: Events[K]) => unknown,
    options?: AddEventListenerOptions | boolean,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: EventListenerOptions | boolean,
  ): void;
  /** Calls the listeners of the event's type; returns false if one of them canceled it. */
  dispatchEvent(event: Event): boolean;
}

/** The events of the global scope, by their types. */
interface GlobalEventMap {}

declare function addEventListener<K extends keyof GlobalEventMap>(
  type: K,
  listener: (event: GlobalEventMap[K]) => unknown,
  options?: AddEventListenerOptions | boolean,
): void;
declare function addEventListener(
  type: string,
  listener: EventListenerOrEventListenerObject | null,
  options?: AddEventListenerOptions | boolean,
): void;
declare function removeEventListener<K extends keyof GlobalEventMap>(
  type: K,
  listener: (event: GlobalEventMap[K]) => unknown,
  options?: EventListenerOptions | boolean,
): void;
declare function removeEventListener(
  type: string,
  listener: EventListenerOrEventListenerObject | null,
  options?: EventListenerOptions | boolean,
): void;
declare function dispatchEvent(event: Event): boolean;

/** The errors of Web APIs, told apart by name. https://webidl.spec.whatwg.org/#idl-DOMException */
declare class DOMException extends Error {
  static readonly INDEX_SIZE_ERR: 1;
  static readonly DOMSTRING_SIZE_ERR: 2;
  static readonly HIERARCHY_REQUEST_ERR: 3;
  static readonly WRONG_DOCUMENT_ERR: 4;
  static readonly INVALID_CHARACTER_ERR: 5;
  static readonly NO_DATA_ALLOWED_ERR: 6;
  static readonly NO_MODIFICATION_ALLOWED_ERR: 7;
  static readonly NOT_FOUND_ERR: 8;
  static readonly NOT_SUPPORTED_ERR: 9;
  static readonly INUSE_ATTRIBUTE_ERR: 10;
  static readonly INVALID_STATE_ERR: 11;
  static readonly SYNTAX_ERR: 12;
  static readonly INVALID_MODIFICATION_ERR: 13;
  static readonly NAMESPACE_ERR: 14;
  static readonly INVALID_ACCESS_ERR: 15;
  static readonly VALIDATION_ERR: 16;
  static readonly TYPE_MISMATCH_ERR: 17;
  static readonly SECURITY_ERR: 18;
  static readonly NETWORK_ERR: 19;
  static readonly ABORT_ERR: 20;
  static readonly URL_MISMATCH_ERR: 21;
  static readonly QUOTA_EXCEEDED_ERR: 22;
  static readonly TIMEOUT_ERR: 23;
  static readonly INVALID_NODE_TYPE_ERR: 24;
  static readonly DATA_CLONE_ERR: 25;
  constructor(message?: string, name?: string);
  /** The number that the name once stood for, or 0. */
  readonly code: number;
}

/** The DOMException for a quota that an operation would exceed. */
declare class QuotaExceededError extends DOMException {
  constructor(message?: string, options?: { quota?: number; requested?: number });
  readonly quota: number | null;
  readonly requested: number | null;
}

/** Aborts what was given its signal. https://dom.spec.whatwg.org/#interface-abortcontroller */
declare class AbortController {
  readonly signal: AbortSignal;
  /** Aborts, with an AbortError if there is no reason. Only the first call counts. */
  abort(reason?: any): void;
}

/** Tells that something is to be aborted. */
declare class AbortSignal extends EventTarget {
  private constructor();
  /** A signal that is aborted already. */
  static abort(reason?: any): AbortSignal;
  /** A signal that is aborted with a TimeoutError after a time. */
  static timeout(milliseconds: number): AbortSignal;
  /** A signal that is aborted as soon as one of the others is, with its reason. */
  static any(signals: Iterable<AbortSignal>): AbortSignal;
  readonly aborted: boolean;
  readonly reason: any;
  /** Throws the reason if the signal is aborted. */
  throwIfAborted(): void;
  onabort: ((this: AbortSignal, event: Event) => unknown) | null;
}

// jsapi/eventsource

// The globals of this folder, as apps see them.

interface EventSourceEventMap {
  open: Event;
  message: MessageEvent;
  error: Event;
}

/** Receives server-sent events, and connects again when the connection ends. https://html.spec.whatwg.org/#the-eventsource-interface It ends with the request that made it. */
declare class EventSource extends EventTarget {
  static readonly CONNECTING: 0;
  static readonly OPEN: 1;
  static readonly CLOSED: 2;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
  constructor(url: string | URL, init?: { withCredentials?: boolean });
  readonly url: string;
  readonly withCredentials: boolean;
  readonly readyState: number;
  close(): void;
  onopen: ((event: Event) => unknown) | null;
  onmessage: ((event: MessageEvent) => unknown) | null;
  onerror: ((event: Event) => unknown) | null;
  addEventListener<K extends keyof EventSourceEventMap>(type: K, listener: (event: EventSourceEventMap[K]) => unknown, options?: AddEventListenerOptions | boolean): void;
  addEventListener(type: string, listener: ((event: MessageEvent) => unknown) | null, options?: AddEventListenerOptions | boolean): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: AddEventListenerOptions | boolean): void;
}

// jsapi/fetch

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
  /**
   * Lets work go on after the response has ended, for as long as the app's limits allow. A rejection is logged, and that the work was ended, as with an
   * isolate that another request has used up: nothing runs it again, so what has to happen belongs before the response, or to an origin.
   */
  waitUntil(promise: Promise<unknown>): void;
}

/** Another name of Context, for apps that know it by this one. */
interface ExecutionContext extends Context {}

/**
 * What a fetch handler gets as its second argument: the app's [vars] by their names. An app can declare its own, or
 * add to this one: `declare global { interface Env { GREETING: string } }`.
 */
interface Env {}

/**
 * What an app's main module exports as its default: `export default { … } satisfies ExportedHandler`. C is what the handler takes its context for:
 * a framework may declare one with members that are not here, and its app is an `ExportedHandler<Env, any>`.
 */
interface ExportedHandler<E = Env, C = Context> {
  /** Answers a request. */
  fetch?(request: Request, env: E, ctx: C): Response | Promise<Response>;
}

/** An event that can be kept alive. https://w3c.github.io/ServiceWorker/#extendableevent-interface */
declare class ExtendableEvent extends Event {
  constructor(type: string, init?: EventInit);
  /** Lets work go on after the response has ended, for as long as the app's limits allow. */
  waitUntil(promise: Promise<unknown>): void;
}

/** A request, for apps that listen instead of exporting a handler; their [vars] are in `process.env` of node:process. https://w3c.github.io/ServiceWorker/#fetchevent-interface */
declare class FetchEvent extends ExtendableEvent {
  constructor(type: string, init: EventInit & { request: Request });
  readonly request: Request;
  /** Answers the request; to be called before the listener returns, and once. */
  respondWith(response: Response | Promise<Response>): void;
}

interface GlobalEventMap {
  fetch: FetchEvent;
}

// jsapi/file

// The globals of this folder, as apps see them.

interface FileReaderEventMap {
  loadstart: ProgressEvent;
  progress: ProgressEvent;
  load: ProgressEvent;
  abort: ProgressEvent;
  error: ProgressEvent;
  loadend: ProgressEvent;
}

/**
 * Reads a Blob with events. Blob's own methods do the same with promises, and but for readAsText with an encoding,
 * nothing needs this one. https://w3c.github.io/FileAPI/#APIASynch
 */
declare class FileReader extends EventTarget<FileReaderEventMap> {
  constructor();
  static readonly EMPTY: 0;
  static readonly LOADING: 1;
  static readonly DONE: 2;
  readonly EMPTY: 0;
  readonly LOADING: 1;
  readonly DONE: 2;
  /** Throws an InvalidStateError, as the other three do, while the reader is reading. */
  readAsArrayBuffer(blob: Blob): void;
  /** @deprecated Use readAsArrayBuffer. */
  readAsBinaryString(blob: Blob): void;
  /** In an encoding by its label, else that of the Blob's type, else UTF-8; a byte order mark overrules each. */
  readAsText(blob: Blob, encoding?: string): void;
  readAsDataURL(blob: Blob): void;
  abort(): void;
  readonly readyState: number;
  readonly result: string | ArrayBuffer | null;
  readonly error: DOMException | null;
  onloadstart: ((event: ProgressEvent) => unknown) | null;
  onprogress: ((event: ProgressEvent) => unknown) | null;
  onload: ((event: ProgressEvent) => unknown) | null;
  onabort: ((event: ProgressEvent) => unknown) | null;
  onerror: ((event: ProgressEvent) => unknown) | null;
  onloadend: ((event: ProgressEvent) => unknown) | null;
}

// jsapi/global

// The globals of this folder, as apps see them.

/** The global scope. */
declare var self: typeof globalThis;

/** Called with an exception that nobody caught; returning true keeps it out of the log. */
declare var onerror: ((message: string, file: string, line: number, column: number, error: unknown) => unknown) | null;
/** Called with a rejection that nobody handled; preventDefault() keeps it out of the log. */
declare var onunhandledrejection: ((event: PromiseRejectionEvent) => unknown) | null;
/** Called when a rejection gets its handler after all. */
declare var onrejectionhandled: ((event: PromiseRejectionEvent) => unknown) | null;

interface GlobalEventMap {
  error: ErrorEvent;
  unhandledrejection: PromiseRejectionEvent;
  rejectionhandled: PromiseRejectionEvent;
}

// jsapi/image

// The module of this folder, as apps see it.

declare module "hedge:image" {
  /** "#f80", "#ff8800", "#ff880080", or red, green, blue and perhaps how opaque, from 0 to 255. */
  export type Color = string | readonly [number, number, number, number?];

  export type Side = "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest";

  /** Which part of a picture is kept: at a side, what draws the eye ("attention"), or where most is to be seen ("entropy"). */
  export interface Anchor {
    gravity?: Side | "attention" | "entropy";
    /** The point that is to stay, as parts of the width and the height, from 0 to 1. It comes before gravity. */
    focus?: readonly [number, number];
  }

  export interface Place {
    gravity?: Side;
    /** In pixels, instead of gravity; less than 0 counts from the right and the bottom. */
    left?: number;
    top?: number;
    /** From the sides that gravity leads to, in pixels. */
    margin?: number;
  }

  export interface ResizeOptions extends Anchor {
    /** In pixels. One of the two may be missing: it follows from the other. */
    width?: number;
    height?: number;
    /** As CSS's object-fit; "inside" is as large as the box allows, "outside" as small as it may be to reach its sides. "cover" is the default. */
    fit?: "cover" | "contain" | "fill" | "inside" | "outside";
    /** Pixels of the screen for each of width and height. */
    dpr?: number;
    /** Lets the picture become larger than it is. */
    enlarge?: boolean;
    /** Of "contain"; nothing by default. */
    background?: Color;
  }

  export interface CropOptions extends Anchor {
    width: number;
    height: number;
    left?: number;
    top?: number;
  }

  export interface OverlayOptions extends Place {
    /** From 0 to 1. */
    opacity?: number;
    blend?: "over" | "multiply" | "screen" | "overlay" | "darken" | "lighten" | "colour-dodge" | "colour-burn" | "hard-light" | "soft-light" | "difference" | "exclusion" | "add" | "atop" | "in" | "out" | "dest-in" | "dest-out";
    /** Again and again, all over. */
    tile?: boolean;
    /** Its width, as a part of the picture's. */
    scale?: number;
  }

  export interface TextOptions extends Place {
    /** A TrueType or OpenType font; Go's sans serif by default. */
    font?: ArrayBuffer | ArrayBufferView;
    /** Go's bold face, where no font is given. */
    bold?: boolean;
    /** Of the font, in pixels; 32 by default. */
    size?: number;
    /** Black by default. */
    color?: Color;
    align?: "left" | "center" | "right";
    /** Where lines end, in pixels. */
    width?: number;
    /** As a part of the size; 1.25 by default. */
    lineHeight?: number;
    shadow?: { color?: Color; x?: number; y?: number; blur?: number };
  }

  export interface OutputOptions {
    /** From 1 to 100. */
    quality?: number;
    /** WebP and AVIF. */
    lossless?: boolean;
    /** From 0, fast, to 9, small. */
    effort?: number;
    /** JPEG and PNG. */
    progressive?: boolean;
    /** The quality goes down until the file is no larger. */
    maxBytes?: number;
    /** "strip" is the default. */
    metadata?: "strip" | "keep";
  }

  export interface Metadata {
    format: "jpeg" | "png" | "webp" | "gif" | "avif";
    /** As it is shown: upright. */
    width: number;
    height: number;
    frames: number;
    /** EXIF's, from 1 to 8. */
    orientation: number;
    hasAlpha: boolean;
    space: string;
    hasProfile: boolean;
    hasExif: boolean;
    bytes: number;
  }

  /**
   * A picture and what is to become of it. Each method that changes it returns another Image, and nothing is done before something is to come out, in a process
   * that has nothing else to do. What cannot be done is a TypeError then, and what takes too much an OperationError.
   */
  export class Image {
    /** JPEG, PNG, WebP, GIF or AVIF, up to 25 MB and 50 megapixels. frames is how many of an animation are taken; 1 by default. */
    constructor(source: ArrayBuffer | ArrayBufferView | Blob | ReadableStream | Response, options?: { frames?: number });

    resize(options: ResizeOptions): Image;
    crop(options: CropOptions): Image;
    /** Adds space, in pixels. */
    extend(options: { top?: number; right?: number; bottom?: number; left?: number; background?: Color }): Image;
    /** Cuts off a border of one color. */
    trim(options?: { threshold?: number }): Image;
    /** Clockwise, in degrees. A picture stands upright as its EXIF says without being asked. */
    rotate(angle?: number, options?: { background?: Color }): Image;
    flip(direction?: "horizontal" | "vertical"): Image;

    overlay(image: Image | ArrayBuffer | ArrayBufferView | Blob | ReadableStream | Response, options?: OverlayOptions): Image;
    text(text: string, options?: TextOptions): Image;

    /** sigma is how far a pixel spreads, in pixels. */
    blur(sigma: number): Image;
    sharpen(options?: { sigma?: number; amount?: number }): Image;
    /** Factors: 1 changes nothing. */
    brightness(factor: number): Image;
    contrast(factor: number): Image;
    saturation(factor: number): Image;
    /** In degrees. */
    hue(angle: number): Image;
    gamma(exponent: number): Image;
    grayscale(): Image;
    negate(): Image;
    /** Puts a color behind what is transparent. */
    background(color: Color): Image;
    /** The same, white by default. */
    flatten(color?: Color): Image;
    /** Squares of one color, of this many pixels. */
    pixelate(size: number): Image;

    jpeg(options?: OutputOptions): Image;
    png(options?: OutputOptions): Image;
    webp(options?: OutputOptions): Image;
    avif(options?: OutputOptions): Image;
    gif(options?: OutputOptions): Image;
    /** AVIF or WebP where accept, given to toResponse or toBytes, names it; else what all clients show. The answer varies by Accept. */
    auto(options?: OutputOptions): Image;

    /** Of the source, before any change. */
    metadata(): Promise<Metadata>;
    /** A picture in some thirty characters (https://blurha.sh/). */
    blurhash(options?: { x?: number; y?: number }): Promise<string>;
    /** As "#rrggbb". */
    dominantColor(): Promise<string>;

    /** An answer with Content-Type, and Vary after auto(). headers are added. */
    toResponse(options?: { accept?: string | null; headers?: HeadersInit }): Promise<Response>;
    toBytes(options?: { accept?: string | null }): Promise<Uint8Array<ArrayBuffer>>;
  }
}

// jsapi/library

// What apps see of library/. Node's modules have their types from @types/node.

interface HTMLRewriterContentOptions {
  /** The content is HTML; otherwise it is text, and what would be HTML in it is escaped. */
  html?: boolean;
}

/** Part of a document, while a handler has it. */
interface HTMLRewriterPart {
  readonly removed: boolean;
  before(content: string, options?: HTMLRewriterContentOptions): this;
  after(content: string, options?: HTMLRewriterContentOptions): this;
  replace(content: string, options?: HTMLRewriterContentOptions): this;
  remove(): this;
}

interface HTMLRewriterElement extends HTMLRewriterPart {
  tagName: string;
  readonly attributes: IterableIterator<[name: string, value: string]>;
  readonly namespaceURI: string;
  /** The value as it stands in the document: character references are not decoded. */
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  setAttribute(name: string, value: string): this;
  removeAttribute(name: string): this;
  prepend(content: string, options?: HTMLRewriterContentOptions): this;
  append(content: string, options?: HTMLRewriterContentOptions): this;
  setInnerContent(content: string, options?: HTMLRewriterContentOptions): this;
  removeAndKeepContent(): this;
  /** Calls handler when the element's end tag comes. */
  onEndTag(handler: (tag: HTMLRewriterEndTag) => unknown): void;
}

interface HTMLRewriterEndTag extends HTMLRewriterPart {
  name: string;
}

interface HTMLRewriterText extends HTMLRewriterPart {
  /** A piece of a text, as it came: character references are not decoded. */
  readonly text: string;
  /** The text has ended; this piece is the last of it, and empty. */
  readonly lastInTextNode: boolean;
}

interface HTMLRewriterComment extends HTMLRewriterPart {
  text: string;
}

interface HTMLRewriterDoctype {
  readonly name: string | null;
  readonly publicId: string | null;
  readonly systemId: string | null;
}

interface HTMLRewriterDocumentEnd {
  append(content: string, options?: HTMLRewriterContentOptions): this;
}

/** Handlers may be asynchronous; the next part comes when a promise of theirs is fulfilled. */
interface HTMLRewriterElementHandlers {
  element?(element: HTMLRewriterElement): unknown;
  /** Comments and texts within the element, at any depth. */
  comments?(comment: HTMLRewriterComment): unknown;
  text?(text: HTMLRewriterText): unknown;
}

interface HTMLRewriterDocumentHandlers {
  doctype?(doctype: HTMLRewriterDoctype): unknown;
  comments?(comment: HTMLRewriterComment): unknown;
  text?(text: HTMLRewriterText): unknown;
  end?(end: HTMLRewriterDocumentEnd): unknown;
}

/** Changes HTML while it passes through. It is bundled into apps that mention it. https://developers.cloudflare.com/workers/runtime-apis/html-rewriter/ */
declare class HTMLRewriter {
  /** Selectors are those that can be decided at a start tag; others throw a TypeError. */
  on(selector: string, handlers: HTMLRewriterElementHandlers): this;
  onDocument(handlers: HTMLRewriterDocumentHandlers): this;
  transform(response: Response): Response;
}

declare module "hedge:html" {
  const HTMLRewriterClass: typeof HTMLRewriter;
  export { HTMLRewriterClass as HTMLRewriter };
}

/** As far as what frameworks build for Cloudflare Workers needs it. */
declare module "cloudflare:workers" {
  /** The app's [vars], to which it may add what stands for a binding, such as ASSETS. */
  export const env: Record<string, any>;
  /** What a class extends whose objects a library for calls passes by reference. */
  export class RpcTarget {}
}

// jsapi/messaging

// The globals of this folder, as apps see them.

interface MessageEventInit<T = any> extends EventInit {
  ports?: MessagePort[];
  source?: MessagePort | null;
  data?: T;
  origin?: string;
  lastEventId?: string;
}

/** A message. https://html.spec.whatwg.org/#messageevent */
declare class MessageEvent<T = any> extends Event {
  constructor(type: string, init?: MessageEventInit<T>);
  /** The value that was posted; of a WebSocket a string, or what binaryType says. */
  readonly data: T;
  readonly origin: string;
  readonly lastEventId: string;
  readonly source: MessagePort | null;
  readonly ports: readonly MessagePort[];
}

interface MessagePortEventMap {
  message: MessageEvent;
  messageerror: MessageEvent;
  close: Event;
}

/** https://html.spec.whatwg.org/#message-ports */
declare class MessagePort extends EventTarget<MessagePortEventMap> {
  private constructor();
  postMessage(message: unknown, transfer?: Transferable[]): void;
  postMessage(message: unknown, options?: { transfer?: Transferable[] }): void;
  /** Begins to deliver messages; setting onmessage does so, too. */
  start(): void;
  close(): void;
  onmessage: ((event: MessageEvent) => unknown) | null;
  onmessageerror: ((event: MessageEvent) => unknown) | null;
  onclose: ((event: Event) => unknown) | null;
}

declare class MessageChannel {
  readonly port1: MessagePort;
  readonly port2: MessagePort;
}

// jsapi/performance

// The globals of this folder, as apps see them.

/** https://w3c.github.io/hr-time/ */
declare class Performance extends EventTarget {
  private constructor();
  /** When now() was 0, in milliseconds since 1970. */
  readonly timeOrigin: number;
  /** Milliseconds since timeOrigin. It stands still while code runs, and goes on when it waits for something. */
  now(): number;
  toJSON(): { timeOrigin: number };
}

declare var performance: Performance;

declare class Navigator {
  private constructor();
  /** "Hedge". */
  readonly userAgent: string;
}

declare var navigator: Navigator;

// jsapi/route

// The module of this folder, as apps see it.

declare module "hedge:route" {
  /** Answers a request. It can stand as an app's fetch handler. */
  export type Handler = (request: Request, ...rest: any[]) => Promise<Response>;

  /** Where a prefix leads: a handler, the URL of an origin, or an app. */
  export type Destination =
    | ((request: Request, ...rest: any[]) => Response | Promise<Response>)
    | string
    | URL
    | { fetch(request: Request, ...rest: any[]): Response | Promise<Response> };

  /**
   * A handler that chooses among others by the path's prefix, as in "/blog"; the longest that fits wins, and prefixes end at segments.
   * Where none fits the answer is a 404.
   * Origins see the path without the prefix, and get it back in Location and in the paths of cookies. Other handlers see the whole path.
   * A GET or HEAD for a prefix of an origin itself, "/blog", is redirected to "/blog/" (307), from where relative links lead to the right place.
   */
  export function mount(table: Record<string, Destination>): Handler;

  /**
   * A handler that sends requests on, as a reverse proxy does, to an upstream of hedge.toml by its name, or to an origin by its URL,
   * whose path goes in front of the request's. A body that nobody looks at does not pass through JavaScript, in either direction.
   */
  export function upstream(origin: string | URL): Handler;

  /**
   * A handler that serves the files of a folder that hedge.toml names, in folders or in a route, with ranges, tags and precompressed variants.
   * For /docs/ that is docs/index.html, and for /about, where there is no such file or folder, about.html.
   * fallback is the file that answers where there is none and the path does not look like a file's; notFound is the page for 404, without which that
   * is a line of text. dotfiles takes a route to the folder in hedge.toml that has dotfiles = true: without one they are no part of a release.
   */
  export function files(folder: string, options?: { fallback?: string; notFound?: string; dotfiles?: boolean }): Handler;

  /**
   * A handler that sends clients to another URL. to is a template as in hedge.toml: {host}, {path}, {rest}, which is the path below the prefix of
   * mount(), and {query}. Without a status it is 307.
   */
  export function redirect(to: string, status?: 301 | 302 | 303 | 307 | 308): Handler;

  /** A handler that gives every request the same answer. */
  export function respond(status: number, body?: string | null, init?: { headers?: HeadersInit }): Handler;

  /**
   * A handler that sends requests on as upstream() does, with the path to in the place of the path from, which they have to be below.
   * Location and the paths of cookies get the path from back.
   */
  export function rewrite(from: string, to: string, origin: Handler | string | URL): Handler;

  /**
   * A handler that counts requests by a rate limit of hedge.toml, answers 429 to those that come too soon, and has the others answered.
   * What it counts counts together, whatever the path, and apart from what routes count. Counting is one of the request's fetches.
   */
  export function rateLimit(name: string, destination: Destination): Handler;

  /** Changes of fields: those to remove, those to replace or add, and those to add beside what is there. */
  export interface HeaderChanges {
    remove?: string[];
    set?: Record<string, string>;
    add?: Record<string, string>;
  }

  /** A handler that changes the fields of requests before another one answers, and those of its answers. */
  export function withHeaders(changes: { request?: HeaderChanges; response?: HeaderChanges }, destination: Destination): Handler;

  /** A handler that sends requests on as upstream() does, each visitor to the side of a split of hedge.toml that is its own. */
  export function split(name: string): Handler;
}

// jsapi/scheduler

// The global of this folder, as apps see it.

/** https://developers.cloudflare.com/workers/runtime-apis/scheduler/ */
declare const scheduler: {
  /** A promise that is fulfilled after a delay in milliseconds, or rejected when the signal is aborted. */
  wait(delay: number, options?: { signal?: AbortSignal }): Promise<void>;
};

// jsapi/streams

// The globals of this folder, as apps see them.

/** How much a stream queues before it asks its source to wait. */
interface QueuingStrategy<T = any> {
  /** The total size at which the queue is full. */
  highWaterMark?: number;
  /** The size of a chunk; 1, if absent. */
  size?: (chunk: T) => number;
}

interface QueuingStrategyInit {
  highWaterMark: number;
}

/** Chunks count their byteLength. */
declare class ByteLengthQueuingStrategy implements QueuingStrategy<ArrayBufferView> {
  constructor(init: QueuingStrategyInit);
  readonly highWaterMark: number;
  readonly size: (chunk: ArrayBufferView) => number;
}

/** Every chunk counts 1. */
declare class CountQueuingStrategy implements QueuingStrategy {
  constructor(init: QueuingStrategyInit);
  readonly highWaterMark: number;
  readonly size: (chunk?: any) => 1;
}

/** Where the chunks of a ReadableStream come from. */
interface UnderlyingDefaultSource<R = any> {
  type?: undefined;
  /** Called by the constructor. */
  start?(controller: ReadableStreamDefaultController<R>): any;
  /** Called when the stream wants chunks, and not again before its promise is fulfilled. */
  pull?(controller: ReadableStreamDefaultController<R>): void | PromiseLike<void>;
  /** Called when nobody wants chunks any more. */
  cancel?(reason?: any): void | PromiseLike<void>;
}

/** Where the bytes of a readable byte stream come from. */
interface UnderlyingByteSource {
  type: "bytes";
  /** Makes reads without a view of the reader's own bring one of this many bytes. */
  autoAllocateChunkSize?: number;
  start?(controller: ReadableByteStreamController): any;
  pull?(controller: ReadableByteStreamController): void | PromiseLike<void>;
  cancel?(reason?: any): void | PromiseLike<void>;
}

type ReadableStreamReadResult<T> = { done: false; value: T } | { done: true; value: T | undefined };

interface StreamPipeOptions {
  /** Leaves the destination open when the source closes. */
  preventClose?: boolean;
  /** Leaves the destination alone when the source fails. */
  preventAbort?: boolean;
  /** Leaves the source alone when the destination closes or fails. */
  preventCancel?: boolean;
  /** Ends the pipe when it is aborted. */
  signal?: AbortSignal;
}

interface ReadableWritablePair<R = any, W = any> {
  readable: ReadableStream<R>;
  writable: WritableStream<W>;
}

interface ReadableStreamAsyncIterator<T> extends AsyncIterableIterator<T> {
  return(value?: any): Promise<IteratorResult<T, any>>;
}

/** Chunks that arrive over time. https://streams.spec.whatwg.org/#rs-class */
declare class ReadableStream<R = any> {
  constructor(source: UnderlyingByteSource, strategy?: { highWaterMark?: number });
  constructor(source?: UnderlyingDefaultSource<R>, strategy?: QueuingStrategy<R>);
  /** A stream of what an iterable, synchronous or asynchronous, gives. */
  static from<T>(iterable: Iterable<T | PromiseLike<T>> | AsyncIterable<T>): ReadableStream<T>;
  /** Whether the stream has a reader. */
  readonly locked: boolean;
  /** Tells the source that nobody wants the chunks, and drops those which are queued. */
  cancel(reason?: any): Promise<undefined>;
  /** Locks the stream to a reader that reads into views of the caller's own. */
  getReader(options: { mode: "byob" }): ReadableStreamBYOBReader;
  /** Locks the stream to a reader. */
  getReader(options?: { mode?: undefined }): ReadableStreamDefaultReader<R>;
  /** Pipes into a transform, and gives its other side. */
  pipeThrough<T>(transform: ReadableWritablePair<T, R>, options?: StreamPipeOptions): ReadableStream<T>;
  /** Writes all chunks to a destination. The promise is fulfilled when that is closed. */
  pipeTo(destination: WritableStream<R>, options?: StreamPipeOptions): Promise<undefined>;
  /** Two streams of the same chunks. Chunks are kept for the slower one. */
  tee(): [ReadableStream<R>, ReadableStream<R>];
  values(options?: { preventCancel?: boolean }): ReadableStreamAsyncIterator<R>;
  [Symbol.asyncIterator](options?: { preventCancel?: boolean }): ReadableStreamAsyncIterator<R>;
}

/** Reads chunks. */
declare class ReadableStreamDefaultReader<R = any> {
  constructor(stream: ReadableStream<R>);
  /** Fulfilled when the stream closes, rejected when it fails or the lock is released. */
  readonly closed: Promise<undefined>;
  cancel(reason?: any): Promise<undefined>;
  read(): Promise<ReadableStreamReadResult<R>>;
  releaseLock(): void;
}

/** Reads bytes into memory that the caller brings. */
declare class ReadableStreamBYOBReader {
  constructor(stream: ReadableStream<Uint8Array>);
  readonly closed: Promise<undefined>;
  cancel(reason?: any): Promise<undefined>;
  /** Fills the view, whose buffer is taken away; the value is a view of it. At least min elements are read, by default 1. */
  read<T extends ArrayBufferView>(view: T, options?: { min?: number }): Promise<ReadableStreamReadResult<T>>;
  releaseLock(): void;
}

declare class ReadableStreamDefaultController<R = any> {
  private constructor();
  /** The room that is left in the queue, perhaps negative; null when the stream has failed. */
  readonly desiredSize: number | null;
  /** Ends the stream after what is queued. */
  close(): void;
  enqueue(chunk?: R): void;
  error(e?: any): void;
}

declare class ReadableByteStreamController {
  private constructor();
  /** The memory that a reader wants filled, or null. */
  readonly byobRequest: ReadableStreamBYOBRequest | null;
  readonly desiredSize: number | null;
  close(): void;
  /** Adds the bytes of a view, whose buffer is taken away. */
  enqueue(chunk: ArrayBufferView): void;
  error(e?: any): void;
}

declare class ReadableStreamBYOBRequest {
  private constructor();
  /** Where to write; null once the request has been answered. */
  readonly view: Uint8Array<ArrayBuffer> | null;
  /** Tells that so many bytes were written to the view. */
  respond(bytesWritten: number): void;
  /** Answers with a view of the same memory, after its buffer was transferred. */
  respondWithNewView(view: ArrayBufferView): void;
}

/** Where the chunks of a WritableStream go. */
interface UnderlyingSink<W = any> {
  type?: undefined;
  /** Called by the constructor. */
  start?(controller: WritableStreamDefaultController): any;
  /** Called with one chunk at a time. */
  write?(chunk: W, controller: WritableStreamDefaultController): void | PromiseLike<void>;
  /** Called after the last write. */
  close?(): void | PromiseLike<void>;
  /** Called when the stream is to end without what is queued. */
  abort?(reason?: any): void | PromiseLike<void>;
}

/** A destination of chunks. https://streams.spec.whatwg.org/#ws-class */
declare class WritableStream<W = any> {
  constructor(sink?: UnderlyingSink<W>, strategy?: QueuingStrategy<W>);
  /** Whether the stream has a writer. */
  readonly locked: boolean;
  abort(reason?: any): Promise<undefined>;
  close(): Promise<undefined>;
  /** Locks the stream to a writer. */
  getWriter(): WritableStreamDefaultWriter<W>;
}

declare class WritableStreamDefaultWriter<W = any> {
  constructor(stream: WritableStream<W>);
  readonly closed: Promise<undefined>;
  /** The room that is left in the queue, perhaps negative; null when the stream has failed. */
  readonly desiredSize: number | null;
  /** Fulfilled while there is room in the queue. */
  readonly ready: Promise<undefined>;
  abort(reason?: any): Promise<undefined>;
  close(): Promise<undefined>;
  releaseLock(): void;
  /** Fulfilled when the sink is done with the chunk. */
  write(chunk?: W): Promise<undefined>;
}

declare class WritableStreamDefaultController {
  private constructor();
  /** Aborted when the stream is. */
  readonly signal: AbortSignal;
  error(e?: any): void;
}

/** What becomes of the chunks of a TransformStream. */
interface Transformer<I = any, O = any> {
  readableType?: undefined;
  writableType?: undefined;
  start?(controller: TransformStreamDefaultController<O>): any;
  /** Called with one chunk at a time; without it, chunks pass unchanged. */
  transform?(chunk: I, controller: TransformStreamDefaultController<O>): void | PromiseLike<void>;
  /** Called after the last chunk. */
  flush?(controller: TransformStreamDefaultController<O>): void | PromiseLike<void>;
  /** Called when the readable side is cancelled or the writable side aborted. */
  cancel?(reason?: any): void | PromiseLike<void>;
}

/** A writable side whose chunks come out, changed, of a readable side. https://streams.spec.whatwg.org/#ts-class */
declare class TransformStream<I = any, O = any> {
  constructor(
    transformer?: Transformer<I, O>,
    writableStrategy?: QueuingStrategy<I>,
    readableStrategy?: QueuingStrategy<O>,
  );
  readonly readable: ReadableStream<O>;
  readonly writable: WritableStream<I>;
}

declare class TransformStreamDefaultController<O = any> {
  private constructor();
  readonly desiredSize: number | null;
  enqueue(chunk?: O): void;
  /** Fails both sides. */
  error(reason?: any): void;
  /** Closes the readable side and fails the writable side. */
  terminate(): void;
}

// jsapi/timers

// The globals of this folder, as apps see them.

/**
 * Calls handler with args once, after delay milliseconds. Returns a number for clearTimeout. Timers end with the request
 * that set them; `ctx.waitUntil` keeps it going. https://html.spec.whatwg.org/#timers
 */
declare function setTimeout(handler: (...args: any[]) => unknown, delay?: number, ...args: any[]): number;
/** Calls handler again and again, every delay milliseconds. Returns a number for clearInterval. */
declare function setInterval(handler: (...args: any[]) => unknown, delay?: number, ...args: any[]): number;
/** Takes a timer back; a number that means none is ignored. */
declare function clearTimeout(id?: number): void;
declare function clearInterval(id?: number): void;
/** Calls callback when the code that runs has ended, before anything else does. */
declare function queueMicrotask(callback: () => void): void;
/** Reports an exception as one that nobody caught: to the listeners for "error", and to the log. */
declare function reportError(error: unknown): void;

// jsapi/url

// The globals of this folder, as apps see them.

/** A URL, taken apart. https://url.spec.whatwg.org/#url-class */
declare class URL {
  /** Parses url, against base if it is given. Throws a TypeError when that fails. */
  constructor(url: string | URL, base?: string | URL);
  /** Like the constructor, but null on failure. */
  static parse(url: string | URL, base?: string | URL): URL | null;
  /** Whether the constructor would succeed. */
  static canParse(url: string | URL, base?: string | URL): boolean;
  /** A blob: URL that stands for a Blob until it is revoked, or the request is over; fetch takes it. https://w3c.github.io/FileAPI/#url */
  static createObjectURL(blob: Blob): string;
  static revokeObjectURL(url: string): void;
  /** The whole URL. Setting it parses anew, and throws a TypeError when that fails. */
  href: string;
  /** "https://example.com:8080", or "null" for schemes without an origin. */
  readonly origin: string;
  /** The scheme with ":". Like all setters below, a value that does not fit is ignored. */
  protocol: string;
  username: string;
  password: string;
  /** The host name with the port, if that is not the scheme's default. */
  host: string;
  hostname: string;
  /** "" for the scheme's default. */
  port: string;
  pathname: string;
  /** The query with "?", or "". */
  search: string;
  /** The query as a list; changing it changes the URL. Always the same object. */
  readonly searchParams: URLSearchParams;
  /** The fragment with "#", or "". */
  hash: string;
  toString(): string;
  toJSON(): string;
}

/** Names and values of a query or a form. https://url.spec.whatwg.org/#interface-urlsearchparams */
declare class URLSearchParams {
  /** From "a=1&b=2" (with or without "?"), pairs, or an object's properties. */
  constructor(init?: string | Iterable<Iterable<string>> | Record<string, string> | URLSearchParams);
  readonly size: number;
  append(name: string, value: string): void;
  /** Removes all pairs of that name (and value). */
  delete(name: string, value?: string): void;
  /** The first value of that name. */
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  /** Puts the value in the place of the first pair of that name, and removes the others. */
  set(name: string, value: string): void;
  /** Sorts by name (UTF-16 code units); pairs of one name keep their order. */
  sort(): void;
  /** As application/x-www-form-urlencoded, without "?". */
  toString(): string;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  forEach(callback: (value: string, key: string, params: URLSearchParams) => void, thisArg?: unknown): void;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}

// jsapi/urlpattern

// The globals of this folder, as apps see them.

interface URLPatternInit {
  protocol?: string;
  username?: string;
  password?: string;
  hostname?: string;
  port?: string;
  pathname?: string;
  search?: string;
  hash?: string;
  baseURL?: string;
}

interface URLPatternComponentResult {
  input: string;
  groups: Record<string, string | undefined>;
}

interface URLPatternResult {
  inputs: (string | URLPatternInit)[];
  protocol: URLPatternComponentResult;
  username: URLPatternComponentResult;
  password: URLPatternComponentResult;
  hostname: URLPatternComponentResult;
  port: URLPatternComponentResult;
  pathname: URLPatternComponentResult;
  search: URLPatternComponentResult;
  hash: URLPatternComponentResult;
}

/** https://urlpattern.spec.whatwg.org/ */
declare class URLPattern {
  constructor(input: string, baseURL: string, options?: { ignoreCase?: boolean });
  constructor(input?: string | URLPatternInit, options?: { ignoreCase?: boolean });
  test(input?: string | URLPatternInit | URL, baseURL?: string): boolean;
  exec(input?: string | URLPatternInit | URL, baseURL?: string): URLPatternResult | null;
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
  /** Whether a component has a group that is a regular expression. */
  readonly hasRegExpGroups: boolean;
}

// jsapi/websocket

// The globals of this folder, as apps see them.

interface CloseEventInit extends EventInit {
  wasClean?: boolean;
  code?: number;
  reason?: string;
}

/** The end of a connection. https://websockets.spec.whatwg.org/#the-closeevent-interface */
declare class CloseEvent extends Event {
  constructor(type: string, init?: CloseEventInit);
  /** Whether both sides have said that it ends. */
  readonly wasClean: boolean;
  /** What the other side said; 1005 if it said nothing, 1006 if the connection broke off. */
  readonly code: number;
  readonly reason: string;
}

interface WebSocketEventMap {
  open: Event;
  message: MessageEvent;
  error: Event;
  close: CloseEvent;
}

/** A WebSocket. https://websockets.spec.whatwg.org/#the-websocket-interface It belongs to the request that made it, and ends with it. */
declare class WebSocket extends EventTarget {
  static readonly CONNECTING: 0;
  static readonly OPEN: 1;
  static readonly CLOSING: 2;
  static readonly CLOSED: 3;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  /** Connects. What an app may connect to is as for fetch. */
  constructor(url: string | URL, protocols?: string | string[]);
  readonly url: string;
  readonly readyState: number;
  /** Bytes that were given to send() and have not left the isolate. */
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly protocol: string;
  /** What binary messages become: "blob" for `new WebSocket`, "arraybuffer" for other sockets unless set. */
  binaryType: "blob" | "arraybuffer";
  /** Takes an end of a WebSocketPair, or the webSocket of a response, into use: only then messages come. As on Cloudflare Workers. */
  accept(): void;
  send(data: string | ArrayBuffer | ArrayBufferView | Blob): void;
  /** code is 1000 or from 3000 to 4999, and of a socket that `new WebSocket` has not opened also 1001 to 1003 and 1007 to 1014; reason has at most 123 bytes. */
  close(code?: number, reason?: string): void;
  onopen: ((event: Event) => unknown) | null;
  onmessage: ((event: MessageEvent) => unknown) | null;
  onerror: ((event: Event) => unknown) | null;
  onclose: ((event: CloseEvent) => unknown) | null;
  addEventListener<K extends keyof WebSocketEventMap>(
    type: K,
    listener: (event: WebSocketEventMap[K]) => unknown,
    options?: AddEventListenerOptions | boolean,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: AddEventListenerOptions | boolean): void;
}

/** Two WebSockets that talk with each other: one for code, one for the client, as on Cloudflare Workers. It is no class here, so that Object.values() knows what it gives. */
type WebSocketPair = { readonly 0: WebSocket; readonly 1: WebSocket };
declare const WebSocketPair: { new (): WebSocketPair; readonly prototype: WebSocketPair };

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

// The asynchronous iterator of a ReadableStream (Streams §4.2.5; Web IDL
// "asynchronous iterator prototype object").

import {
  ObjectDefineProperty,
  ObjectSetPrototypeOf,
  PromisePrototypeThen,
  PromiseReject,
  PromiseResolve,
  ReflectGetPrototypeOf,
  SymbolToStringTag,
  TypeError,
} from "../core/primordials.ts";
import { isObject } from "../core/webidl.ts";
import { after, microtask } from "./promises.ts";
import {
  cancelReader,
  PromisedRead,
  type Readable,
  readDefault,
  Reader,
  releaseReader,
  type ReadRequest,
} from "./readable-core.ts";

const AsyncIteratorPrototype = ReflectGetPrototypeOf(
  ReflectGetPrototypeOf((async function* () {}).prototype as object) as object,
);

/** Acquires a reader, which the iterator releases when it ends. */
export function newAsyncIterator(stream: Readable, preventCancel: boolean): AsyncIterator<unknown> {
  return new ReadableStreamAsyncIterator(new Iteration(new Reader(stream, false), preventCancel));
}

class ReadableStreamAsyncIterator implements AsyncIterator<unknown> {
  readonly #iteration: Iteration;

  constructor(iteration: Iteration) {
    this.#iteration = iteration;
  }

  next(): Promise<any> {
    if (!isObject(this) || !(#iteration in this)) return PromiseReject(foreign());
    const iteration = this.#iteration;
    const ongoing = iteration.ongoing;
    if (ongoing === undefined) return iteration.nextAtOnce();
    const steps = () => iteration.next();
    return (iteration.ongoing = after(ongoing, steps));
  }

  return(value: unknown): Promise<any> {
    if (!isObject(this) || !(#iteration in this)) return PromiseReject(foreign());
    const iteration = this.#iteration;
    const ongoing = iteration.ongoing;
    const steps = () => iteration.return(value);
    const returned = ongoing === undefined ? steps() : after(ongoing, steps);
    return (iteration.ongoing = PromisePrototypeThen(returned, () => ({ value, done: true })));
  }
}

/** The slots of an iterator. */
class Iteration {
  /** The promise of the last call, while calls have to wait for it. */
  ongoing: Promise<unknown> | undefined = undefined;
  private finished = false;
  private pendingRead: IteratorRead | undefined = undefined;

  constructor(
    private readonly reader: Reader,
    private readonly preventCancel: boolean,
  ) {}

  /** next() of an iterator of which no call is pending; it is pending itself if there is no chunk yet. */
  nextAtOnce(): Promise<unknown> {
    const promise = this.next();
    if (this.pendingRead !== undefined) this.ongoing = promise;
    return promise;
  }

  /** next() when the calls before it have ended */
  next(): Promise<unknown> {
    if (this.finished) return PromiseResolve({ value: undefined, done: true });
    const request = new IteratorRead(this);
    this.pendingRead = request;
    readDefault(this.reader.stream!, request);
    request.inRead = false;
    return request.read.promise;
  }

  /** Ends the pending read. Calls that were made meanwhile wait for a promise of their own. */
  settle(request: IteratorRead): void {
    this.pendingRead = undefined;
    if (!request.inRead && this.ongoing === request.read.promise) this.ongoing = undefined;
  }

  finish(): void {
    this.finished = true;
    releaseReader(this.reader);
  }

  return(value: unknown): Promise<unknown> {
    if (this.finished) return PromiseResolve(undefined);
    this.finished = true;
    const result = this.preventCancel ? PromiseResolve(undefined) : cancelReader(this.reader, value);
    releaseReader(this.reader);
    return result;
  }
}

/** Reads for next(); the end of the stream, of either kind, ends the iteration. */
class IteratorRead implements ReadRequest {
  readonly read = new PromisedRead();
  /** Whether the read has not returned yet. */
  inRead = true;

  constructor(private readonly iteration: Iteration) {}

  chunk(value: unknown): void {
    // The standard has one promise more here, which gives the source of an awaited chunk time to pull first.
    if (this.inRead) this.deliver(value);
    else microtask(() => this.deliver(value));
  }

  private deliver(value: unknown): void {
    this.iteration.settle(this);
    this.read.chunk(value);
  }

  close(): void {
    this.iteration.settle(this);
    this.iteration.finish();
    this.read.close();
  }

  error(reason: unknown): void {
    this.iteration.settle(this);
    this.iteration.finish();
    this.read.error(reason);
  }
}

function foreign(): TypeError {
  return new TypeError("Illegal invocation");
}

const prototype = ReadableStreamAsyncIterator.prototype;
ObjectSetPrototypeOf(prototype, AsyncIteratorPrototype);
delete (prototype as { constructor?: unknown }).constructor;
define("next", { value: prototype.next, writable: true, enumerable: true });
define("return", { value: prototype.return, writable: true, enumerable: true });
define(SymbolToStringTag, { value: "ReadableStream AsyncIterator", writable: false, enumerable: false });

function define(key: PropertyKey, property: PropertyDescriptor): void {
  ObjectDefineProperty(prototype, key, { __proto__: null, ...property, configurable: true } as never);
}

// The internal slots and abstract operations of ReadableStream and its readers
// (Streams §4.2–4.3, §4.9.1–4.9.2), without the objects that apps see. A stream that only
// the runtime reads has nothing else.

import {
  type Deferred,
  newDeferred,
  PromisePrototypeThen,
  PromiseReject,
  PromiseResolve,
  TypeError,
} from "../core/primordials.ts";
import { LazyPromise, resolvedPromise, toPromise } from "./promises.ts";
import { Ring } from "./queue.ts";
import type { ReadableController } from "./readable-controller.ts";

/** What a read gives to an app. */
export interface ReadResult {
  value: unknown;
  done: boolean;
}

/**
 * A read request (§4.4.3): exactly one of its methods is called, once, perhaps
 * before the read returns. A consumer that reads on from within chunk() must
 * therefore loop instead of recurse.
 */
export interface ReadRequest {
  chunk(value: unknown): void;
  close(): void;
  error(reason: unknown): void;
}

/** A read-into request (§4.5.3). On close it is given an empty view of the caller's memory, or undefined after a cancel. */
export interface ReadIntoRequest {
  chunk(view: unknown): void;
  close(view?: unknown): void;
  error(reason: unknown): void;
}

/** The slots of a ReadableStream. */
export class Readable {
  state: "readable" | "closed" | "errored" = "readable";
  storedError: unknown = undefined;
  disturbed = false;
  reader: Reader | undefined = undefined;
  controller!: ReadableController;
  /** Names a body that the host holds; see setHostBody. */
  hostBody: object | undefined = undefined;
  /** The ReadableStream of these slots, once there is one. */
  wrapper: object | undefined = undefined;
}

/** The slots of a reader of either kind. Its requests are ReadRequests, or ReadIntoRequests of a BYOB reader. */
export class Reader {
  /** Undefined once the lock is released. */
  stream: Readable | undefined;
  requests = new Ring<ReadRequest | ReadIntoRequest>();
  readonly closed = new LazyPromise();

  /** ReadableStreamReaderGenericInitialize; a TypeError when the stream is locked. */
  constructor(
    stream: Readable,
    readonly byob: boolean,
  ) {
    if (stream.reader !== undefined) throw new TypeError("The ReadableStream is locked to another reader");
    this.stream = stream;
    stream.reader = this;
    if (stream.state === "closed") this.closed.resolve();
    else if (stream.state === "errored") this.closed.reject(stream.storedError);
  }
}

/** ReadableStreamCancel */
export function cancelReadable(stream: Readable, reason: unknown): Promise<undefined> {
  stream.disturbed = true;
  if (stream.state === "closed") return resolvedPromise();
  if (stream.state === "errored") return PromiseReject(stream.storedError);
  closeReadable(stream);
  const reader = stream.reader;
  if (reader !== undefined && reader.byob) closeRequests(takeRequests(reader));
  return PromisePrototypeThen(cancelSource(stream, reason), returnUndefined);
}

function returnUndefined(): undefined {}

function cancelSource(stream: Readable, reason: unknown): Promise<unknown> {
  try {
    return toPromise(stream.controller.cancelSteps(reason));
  } catch (error) {
    return PromiseReject(error);
  }
}

/** ReadableStreamClose */
export function closeReadable(stream: Readable): void {
  stream.state = "closed";
  stream.hostBody = undefined;
  const reader = stream.reader;
  if (reader === undefined) return;
  reader.closed.resolve();
  if (!reader.byob) closeRequests(takeRequests(reader));
}

/** ReadableStreamError */
export function errorReadable(stream: Readable, reason: unknown): void {
  stream.state = "errored";
  stream.storedError = reason;
  stream.hostBody = undefined;
  const reader = stream.reader;
  if (reader === undefined) return;
  reader.closed.reject(reason);
  errorRequests(takeRequests(reader), reason);
}

/** The pending requests of a reader, which has none afterwards: their steps may make new ones. */
function takeRequests(reader: Reader): Ring<ReadRequest | ReadIntoRequest> {
  const requests = reader.requests;
  if (requests.length > 0) reader.requests = new Ring();
  return requests;
}

function closeRequests(requests: Ring<ReadRequest | ReadIntoRequest>): void {
  while (requests.length > 0) requests.shift().close();
}

function errorRequests(requests: Ring<ReadRequest | ReadIntoRequest>, reason: unknown): void {
  while (requests.length > 0) requests.shift().error(reason);
}

/** ReadableStreamDefaultReaderRead, of a reader that has its stream. */
export function readDefault(stream: Readable, request: ReadRequest): void {
  stream.disturbed = true;
  if (stream.state === "readable") stream.controller.pullSteps(request);
  else if (stream.state === "closed") request.close();
  else request.error(stream.storedError);
}

/** ReadableStreamDefaultReaderRelease and ReadableStreamBYOBReaderRelease. Pending reads fail with a TypeError. */
export function releaseReader(reader: Reader): void {
  const stream = reader.stream;
  if (stream === undefined) return;
  const reason = releasedError();
  reader.closed.reject(reason);
  stream.controller.releaseSteps();
  stream.reader = undefined;
  reader.stream = undefined;
  errorRequests(takeRequests(reader), reason);
}

export function releasedError(): TypeError {
  return new TypeError("The reader has released its lock, so it has no stream");
}

/** ReadableStreamReaderGenericCancel, also of a reader whose lock is released. */
export function cancelReader(reader: Reader, reason: unknown): Promise<undefined> {
  if (reader.stream === undefined) return PromiseReject(releasedError());
  return cancelReadable(reader.stream, reason);
}

/** A read request that settles a promise of {value, done}, which is made last when the answer comes at once. */
export class PromisedRead implements ReadRequest, ReadIntoRequest {
  private answer: Promise<ReadResult> | undefined = undefined;
  private deferred: Deferred<ReadResult> | undefined = undefined;

  /** To be got after the read. */
  get promise(): Promise<ReadResult> {
    return this.answer ?? (this.deferred ??= newDeferred<ReadResult>()).promise;
  }

  chunk(value: unknown): void {
    this.settle({ value, done: false });
  }

  close(view?: unknown): void {
    this.settle({ value: view, done: true });
  }

  private settle(result: ReadResult): void {
    if (this.deferred === undefined) this.answer = PromiseResolve(result) as Promise<ReadResult>;
    else this.deferred.resolve(result);
  }

  error(reason: unknown): void {
    if (this.deferred === undefined) this.answer = PromiseReject(reason);
    else this.deferred.reject(reason);
  }
}

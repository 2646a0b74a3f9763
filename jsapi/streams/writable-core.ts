// The internal slots and abstract operations of WritableStream and its writer
// (Streams §5.2–5.3, §5.5.1–5.5.3), without the objects that apps see.

import { type Deferred, newDeferred, PromiseReject, TypeError } from "../core/primordials.ts";
import { LazyPromise, resolvedPromise } from "./promises.ts";
import { Ring } from "./queue.ts";
import type { WritableController } from "./writable-controller.ts";

/** What is told how a write, a close or an abort ended; a Deferred will do. */
export interface Completion {
  resolve(value: undefined): void;
  reject(reason: unknown): void;
}

/** A pending abort request */
interface AbortRequest {
  deferred: Deferred<undefined>;
  reason: unknown;
  wasAlreadyErroring: boolean;
}

/** The slots of a WritableStream. */
export class Writable {
  state: "writable" | "closed" | "erroring" | "errored" = "writable";
  storedError: unknown = undefined;
  backpressure = false;
  writer: Writer | undefined = undefined;
  controller!: WritableController;
  readonly writeRequests = new Ring<Completion>();
  inFlightWrite: Completion | undefined = undefined;
  closeRequest: Completion | undefined = undefined;
  inFlightClose: Completion | undefined = undefined;
  pendingAbort: AbortRequest | undefined = undefined;
  /** The WritableStream of these slots, once there is one. */
  wrapper: object | undefined = undefined;

  /** WritableStreamCloseQueuedOrInFlight */
  isClosing(): boolean {
    return this.closeRequest !== undefined || this.inFlightClose !== undefined;
  }
}

/** The slots of a WritableStreamDefaultWriter. */
export class Writer {
  /** Undefined once the lock is released. */
  stream: Writable | undefined;
  readonly ready = new LazyPromise();
  readonly closed = new LazyPromise();
  /** Called when the stream wants chunks again; what a pipe has in place of the ready promise. */
  onReady: (() => void) | undefined = undefined;

  /** SetUpWritableStreamDefaultWriter; a TypeError when the stream is locked. */
  constructor(stream: Writable) {
    if (stream.writer !== undefined) throw new TypeError("The WritableStream is locked to another writer");
    this.stream = stream;
    stream.writer = this;
    const state = stream.state;
    if (state === "writable") {
      if (stream.isClosing() || !stream.backpressure) this.ready.resolve();
    } else if (state === "erroring") {
      this.ready.reject(stream.storedError);
    } else if (state === "closed") {
      this.ready.resolve();
      this.closed.resolve();
    } else {
      this.ready.reject(stream.storedError);
      this.closed.reject(stream.storedError);
    }
  }
}

/** WritableStreamAbort */
export function abortWritable(stream: Writable, reason: unknown): Promise<undefined> {
  if (hasEnded(stream)) return resolvedPromise();
  // The listeners of the signal may abort the stream themselves.
  stream.controller.signalAbort(reason);
  if (hasEnded(stream)) return resolvedPromise();
  if (stream.pendingAbort !== undefined) return stream.pendingAbort.deferred.promise;
  const wasAlreadyErroring = stream.state === "erroring";
  const deferred = newDeferred<undefined>();
  stream.pendingAbort = { deferred, reason: wasAlreadyErroring ? undefined : reason, wasAlreadyErroring };
  if (!wasAlreadyErroring) startErroring(stream, reason);
  return deferred.promise;
}

function hasEnded(stream: Writable): boolean {
  return stream.state === "closed" || stream.state === "errored";
}

/** WritableStreamClose */
export function closeWritable(stream: Writable): Promise<undefined> {
  if (hasEnded(stream)) return PromiseReject(new TypeError(`Cannot close: the WritableStream is ${stream.state}`));
  const deferred = newDeferred<undefined>();
  stream.closeRequest = deferred;
  const writer = stream.writer;
  if (writer !== undefined && stream.backpressure && stream.state === "writable") writer.ready.resolve();
  stream.controller.close();
  return deferred.promise;
}

/** WritableStreamDealWithRejection */
export function dealWithRejection(stream: Writable, error: unknown): void {
  if (stream.state === "writable") startErroring(stream, error);
  else finishErroring(stream);
}

/** WritableStreamStartErroring */
export function startErroring(stream: Writable, reason: unknown): void {
  stream.state = "erroring";
  stream.storedError = reason;
  stream.writer?.ready.reject(reason);
  const inFlight = stream.inFlightWrite !== undefined || stream.inFlightClose !== undefined;
  if (!inFlight && stream.controller.started) finishErroring(stream);
}

/** WritableStreamFinishErroring */
export function finishErroring(stream: Writable): void {
  stream.state = "errored";
  stream.controller.errorSteps();
  const storedError = stream.storedError;
  const requests = stream.writeRequests;
  while (requests.length > 0) requests.shift().reject(storedError);
  const abort = stream.pendingAbort;
  if (abort === undefined) {
    rejectClose(stream);
    return;
  }
  stream.pendingAbort = undefined;
  if (abort.wasAlreadyErroring) {
    abort.deferred.reject(storedError);
    rejectClose(stream);
    return;
  }
  stream.controller.abortSteps(
    abort.reason,
    () => {
      abort.deferred.resolve(undefined);
      rejectClose(stream);
    },
    (reason) => {
      abort.deferred.reject(reason);
      rejectClose(stream);
    },
  );
}

/** WritableStreamRejectCloseAndClosedPromiseIfNeeded */
function rejectClose(stream: Writable): void {
  const request = stream.closeRequest;
  if (request !== undefined) {
    stream.closeRequest = undefined;
    request.reject(stream.storedError);
  }
  stream.writer?.closed.reject(stream.storedError);
}

/** WritableStreamFinishInFlightWrite, and its WithError when failed. */
export function finishInFlightWrite(stream: Writable, failed: boolean, error: unknown): void {
  const request = stream.inFlightWrite!;
  stream.inFlightWrite = undefined;
  if (!failed) {
    request.resolve(undefined);
    return;
  }
  request.reject(error);
  dealWithRejection(stream, error);
}

/** WritableStreamFinishInFlightClose */
export function finishInFlightClose(stream: Writable): void {
  const request = stream.inFlightClose!;
  stream.inFlightClose = undefined;
  request.resolve(undefined);
  if (stream.state === "erroring") {
    // The close was too late to be disturbed by the error.
    stream.storedError = undefined;
    stream.pendingAbort?.deferred.resolve(undefined);
    stream.pendingAbort = undefined;
  }
  stream.state = "closed";
  stream.writer?.closed.resolve();
}

/** WritableStreamFinishInFlightCloseWithError */
export function failInFlightClose(stream: Writable, error: unknown): void {
  const request = stream.inFlightClose!;
  stream.inFlightClose = undefined;
  request.reject(error);
  stream.pendingAbort?.deferred.reject(error);
  stream.pendingAbort = undefined;
  dealWithRejection(stream, error);
}

/** WritableStreamUpdateBackpressure, of a stream that is writable and not closing. */
export function updateBackpressure(stream: Writable, backpressure: boolean): void {
  if (backpressure === stream.backpressure) return;
  stream.backpressure = backpressure;
  const writer = stream.writer;
  if (writer === undefined) return;
  if (backpressure) {
    writer.ready.reset();
  } else {
    writer.ready.resolve();
    writer.onReady?.();
  }
}

/** WritableStreamDefaultWriterWrite: the request is told at once when the chunk cannot be written. */
export function writeChunk(writer: Writer, chunk: unknown, request: Completion): void {
  const stream = writer.stream;
  if (stream === undefined) return request.reject(writerReleased());
  const controller = stream.controller;
  const size = controller.chunkSize(chunk);
  // The size algorithm may have released the writer, or ended the stream.
  if (writer.stream !== stream) return request.reject(writerReleased());
  if (stream.state === "errored") return request.reject(stream.storedError);
  if (stream.isClosing() || stream.state === "closed") {
    return request.reject(new TypeError("Cannot write: the WritableStream is closing or closed"));
  }
  if (stream.state === "erroring") return request.reject(stream.storedError);
  stream.writeRequests.push(request);
  controller.write(chunk, size);
}

/** WritableStreamDefaultWriterCloseWithErrorPropagation */
export function closeWithErrorPropagation(stream: Writable): Promise<undefined> {
  if (stream.isClosing() || stream.state === "closed") return resolvedPromise();
  if (stream.state === "errored") return PromiseReject(stream.storedError);
  return closeWritable(stream);
}

/** WritableStreamDefaultWriterRelease */
export function releaseWriter(writer: Writer): void {
  const stream = writer.stream;
  if (stream === undefined) return;
  const reason = writerReleased();
  writer.ready.reject(reason);
  writer.closed.reject(reason);
  stream.writer = undefined;
  writer.stream = undefined;
}

export function writerReleased(): TypeError {
  return new TypeError("The writer has released its lock, so it has no stream");
}

/** WritableStreamDefaultWriterGetDesiredSize */
export function writableDesiredSize(stream: Writable): number | null {
  if (stream.state === "errored" || stream.state === "erroring") return null;
  return stream.state === "closed" ? 0 : stream.controller.desiredSize();
}

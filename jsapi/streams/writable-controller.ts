// WritableStreamDefaultController (Streams §5.4, §5.5.4).

import { type AbortSignal, newAbortSignal, signalAbort } from "../events/abort.ts";
import { defineInterface } from "../core/webidl.ts";
import { illegalConstructor, internal } from "./internal.ts";
import { microtask, PENDING, resolvedWith, upon } from "./promises.ts";
import { SizedQueue } from "./queue.ts";
import type { SizeAlgorithm } from "./strategies.ts";
import {
  dealWithRejection,
  failInFlightClose,
  finishErroring,
  finishInFlightClose,
  finishInFlightWrite,
  startErroring,
  updateBackpressure,
  type Writable,
} from "./writable-core.ts";

/**
 * Where a stream's chunks go. The methods are called on the sink itself with the
 * internal controller. They return nothing when they are done, a promise (write
 * also: PENDING, to be followed by finishWrite or failWrite) when they are not,
 * and may throw. Absent members are
 * looked up: a literal needs `__proto__: null`, and a class says `start = undefined`.
 */
export interface Sink {
  start?(controller: WritableController): unknown;
  write?(chunk: unknown, controller: WritableController): unknown;
  close?(): unknown;
  abort?(reason: unknown): unknown;
}

export class WritableController {
  started = false;
  private closeQueued = false;
  private readonly queue = new SizedQueue();
  private abortSignal: AbortSignal | undefined = undefined;
  private aborted: { reason: unknown } | undefined = undefined;
  private readonly onWritten = () => this.finishWrite();
  private readonly onFailed = (reason: unknown) => this.failWrite(reason);

  /** SetUpWritableStreamDefaultController, up to the call of start. Without a size algorithm each chunk counts 1. */
  constructor(
    readonly stream: Writable,
    private sink: Sink | undefined,
    private readonly highWaterMark: number,
    private size: SizeAlgorithm | undefined,
  ) {
    stream.controller = this;
    stream.backpressure = this.desiredSize() <= 0;
  }

  /** Calls the sink's start, whose exception is the caller's. */
  start(): void {
    const sink = this.sink!;
    const result = sink.start === undefined ? undefined : sink.start(this);
    upon(
      resolvedWith(result),
      () => {
        this.started = true;
        this.advance();
      },
      (reason) => {
        this.started = true;
        dealWithRejection(this.stream, reason);
      },
    );
  }

  /** GetDesiredSize */
  desiredSize(): number {
    return this.highWaterMark - this.queue.totalSize;
  }

  /** GetChunkSize: an exception of the size algorithm errors the stream. */
  chunkSize(chunk: unknown): number {
    const size = this.size;
    if (size === undefined) return 1;
    try {
      return size(chunk);
    } catch (error) {
      this.errorIfNeeded(error);
      return 1;
    }
  }

  /** WritableStreamDefaultControllerWrite */
  write(chunk: unknown, size: number): void {
    try {
      this.queue.enqueue(chunk, size);
    } catch (error) {
      this.errorIfNeeded(error);
      return;
    }
    this.refreshBackpressure();
    this.advance();
  }

  /** WritableStreamDefaultControllerClose */
  close(): void {
    this.closeQueued = true;
    this.advance();
  }

  private refreshBackpressure(): void {
    const stream = this.stream;
    if (!stream.isClosing() && stream.state === "writable") updateBackpressure(stream, this.desiredSize() <= 0);
  }

  /** AdvanceQueueIfNeeded */
  private advance(): void {
    const stream = this.stream;
    if (!this.started || stream.inFlightWrite !== undefined) return;
    if (stream.state === "erroring") finishErroring(stream);
    else if (this.queue.length > 0) this.processWrite();
    else if (this.closeQueued) this.processClose();
  }

  /** ProcessWrite */
  private processWrite(): void {
    const stream = this.stream;
    const sink = this.sink!;
    stream.inFlightWrite = stream.writeRequests.shift();
    let result: unknown;
    try {
      if (sink.write !== undefined) result = sink.write(this.queue.peek(), this);
    } catch (error) {
      microtask(() => this.failWrite(error));
      return;
    }
    if (result !== PENDING) upon(result, this.onWritten, this.onFailed);
  }

  /** Tells that the write in flight is done. */
  finishWrite(): void {
    finishInFlightWrite(this.stream, false, undefined);
    this.queue.dequeue();
    this.refreshBackpressure();
    this.advance();
  }

  /** Tells that the write in flight has failed, which fails the stream. */
  failWrite(reason: unknown): void {
    if (this.stream.state === "writable") this.clearAlgorithms();
    finishInFlightWrite(this.stream, true, reason);
  }

  /** ProcessClose */
  private processClose(): void {
    const stream = this.stream;
    stream.inFlightClose = stream.closeRequest;
    stream.closeRequest = undefined;
    this.closeQueued = false;
    const sink = this.sink!;
    this.call(
      () => (sink.close === undefined ? undefined : sink.close()),
      () => finishInFlightClose(stream),
      (reason) => failInFlightClose(stream, reason),
    );
    this.clearAlgorithms();
  }

  /** [[AbortSteps]] */
  abortSteps(reason: unknown, onAborted: () => void, onFailed: (reason: unknown) => void): void {
    const sink = this.sink;
    this.call(
      () => (sink === undefined || sink.abort === undefined ? undefined : sink.abort(reason)),
      onAborted,
      onFailed,
    );
    this.clearAlgorithms();
  }

  private call(algorithm: () => unknown, onFulfilled: () => void, onRejected: (reason: unknown) => void): void {
    let result: unknown;
    try {
      result = algorithm();
    } catch (error) {
      microtask(() => onRejected(error));
      return;
    }
    upon(result, onFulfilled, onRejected);
  }

  /** [[ErrorSteps]] */
  errorSteps(): void {
    this.queue.reset();
    this.closeQueued = false;
  }

  /** ClearAlgorithms: lets go of the sink, which is never called again. */
  clearAlgorithms(): void {
    this.sink = undefined;
    this.size = undefined;
  }

  /** Fails the stream, unless it has ended or is about to. */
  errorIfNeeded(reason: unknown): void {
    if (this.stream.state !== "writable") return;
    this.clearAlgorithms();
    startErroring(this.stream, reason);
  }

  /** The controller's signal, which is made when it is first asked for. */
  getSignal(): AbortSignal {
    if (this.abortSignal === undefined) {
      this.abortSignal = newAbortSignal();
      if (this.aborted !== undefined) signalAbort(this.abortSignal, this.aborted.reason);
    }
    return this.abortSignal;
  }

  signalAbort(reason: unknown): void {
    this.aborted ??= { reason };
    if (this.abortSignal !== undefined) signalAbort(this.abortSignal, reason);
  }
}

/** The controller that apps see. */
export class WritableStreamDefaultController {
  readonly #controller: WritableController;

  constructor(token: unknown, controller: WritableController) {
    if (token !== internal) illegalConstructor();
    this.#controller = controller;
  }

  get signal(): AbortSignal {
    return this.#controller.getSignal();
  }

  error(e: unknown = undefined): void {
    this.#controller.errorIfNeeded(e);
  }
}

defineInterface(WritableStreamDefaultController, "WritableStreamDefaultController", {
  enumerable: ["signal", "error"],
  length: 0,
});

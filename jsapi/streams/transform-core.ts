// The internal slots and abstract operations of TransformStream (Streams §6.2,
// §6.4), without the objects that apps see.
//
// The standard's [[backpressureChangePromise]] has at most one reaction at a
// time: the readable side waits for backpressure while it pulls, the writable
// side for its end while a chunk is held back. Both are flags here.

import { type Deferred, newDeferred, PromisePrototypeThen, PromiseReject, TypeError } from "../core/primordials.ts";
import { microtask, PENDING, resolveWith, toPromise, upon } from "./promises.ts";
import { Readable } from "./readable-core.ts";
import { DefaultController } from "./readable-default.ts";
import type { Source } from "./readable-controller.ts";
import type { SizeAlgorithm } from "./strategies.ts";
import { type Sink, WritableController } from "./writable-controller.ts";
import { Writable } from "./writable-core.ts";

/**
 * What becomes of the chunks. The methods are called on the transformer itself
 * with the internal controller; they return nothing or a promise, and may throw.
 * Without transform, chunks pass unchanged. Absent members are looked up: a literal
 * needs `__proto__: null`, and a class says `start = undefined`.
 */
export interface Transformer {
  start?(controller: Transform): unknown;
  transform?(chunk: unknown, controller: Transform): unknown;
  flush?(controller: Transform): unknown;
  cancel?(reason: unknown): unknown;
  /** Not of the standard: the readable side wants a chunk, even after flush was called. */
  pulled?(): void;
  /** Goes with pulled: nobody wants what flush has not given yet. */
  abandoned?(): void;
}

/** The sizes of the two queues. */
export interface TransformStrategy {
  writableHighWaterMark: number;
  writableSize: SizeAlgorithm | undefined;
  readableHighWaterMark: number;
  readableSize: SizeAlgorithm | undefined;
}

/** The slots of a TransformStream and of its controller, which is the same object here. */
export class Transform implements Source, Sink {
  readonly readable = new Readable();
  readonly writable = new Writable();
  private readonly readableController: DefaultController;
  private readonly writableController: WritableController;
  private backpressure = true;
  /** The readable side has pulled and got no chunk yet. */
  private pulled = false;
  /** The writable side holds a chunk back. */
  private heldBack = false;
  private heldChunk: unknown = undefined;
  private finishing: Deferred<undefined> | undefined = undefined;
  private startResult: unknown = undefined;
  private readonly puller: Transformer | undefined;
  private readonly resumeWrite = () => this.resume();
  private readonly finishPull = () => this.readableController.finishPull();
  private readonly onTransformFailed = (reason: unknown): never => {
    this.error(reason);
    throw reason;
  };

  /** InitializeTransformStream, up to the calls of start. */
  constructor(
    private transformer: Transformer | undefined,
    strategy: TransformStrategy,
  ) {
    this.puller = transformer?.pulled === undefined ? undefined : transformer;
    this.writableController = new WritableController(
      this.writable,
      this,
      strategy.writableHighWaterMark,
      strategy.writableSize,
    );
    this.readableController = new DefaultController(
      this.readable,
      this,
      strategy.readableHighWaterMark,
      strategy.readableSize,
      false,
    );
  }

  /** Calls the transformer's start, whose exception is the caller's; both sides wait for its result. */
  begin(): void {
    const started = newDeferred<unknown>();
    this.startResult = started.promise;
    this.writableController.start();
    this.readableController.start();
    this.startResult = undefined;
    const transformer = this.transformer!;
    resolveWith(started, transformer.start === undefined ? undefined : transformer.start(this));
  }

  /** The start algorithm of both sides */
  start(): unknown {
    return this.startResult;
  }

  // --- The controller's operations -------------------------------------------

  desiredSize(): number | null {
    return this.readableController.desiredSize();
  }

  /** TransformStreamDefaultControllerEnqueue: throws a TypeError when the readable side has ended. */
  enqueue(chunk: unknown): void {
    const controller = this.readableController;
    if (!controller.isOpen()) throw new TypeError("Cannot enqueue: the readable side is closed or errored");
    try {
      controller.enqueue(chunk);
    } catch (error) {
      this.errorWritableAndUnblock(error);
      throw this.readable.storedError;
    }
    const backpressure = !controller.shouldPull();
    if (backpressure !== this.backpressure) this.setBackpressure(true);
  }

  /** TransformStreamError */
  error(reason: unknown): void {
    this.readableController.error(reason);
    this.errorWritableAndUnblock(reason);
  }

  /** TransformStreamDefaultControllerTerminate */
  terminate(): void {
    this.readableController.close();
    this.errorWritableAndUnblock(new TypeError("The TransformStream was terminated"));
  }

  // --- Backpressure ----------------------------------------------------------

  /** Whether the readable side waits for a chunk, and so does not ask again. */
  isWanting(): boolean {
    return !this.backpressure;
  }

  private errorWritableAndUnblock(reason: unknown): void {
    this.clearAlgorithms();
    this.writableController.errorIfNeeded(reason);
    this.unblockWrite();
  }

  private unblockWrite(): void {
    if (this.backpressure) this.setBackpressure(false);
  }

  /** TransformStreamSetBackpressure, to the opposite of what it was. */
  private setBackpressure(backpressure: boolean): void {
    this.backpressure = backpressure;
    if (backpressure) {
      if (!this.pulled) return;
      this.pulled = false;
      microtask(this.finishPull);
    } else if (this.heldBack) {
      this.heldBack = false;
      microtask(this.resumeWrite);
    }
  }

  private clearAlgorithms(): void {
    this.transformer = undefined;
  }

  // --- The sink of the writable side -----------------------------------------

  /** TransformStreamDefaultSinkWriteAlgorithm */
  write(chunk: unknown): unknown {
    if (!this.backpressure) return this.transform(chunk);
    this.heldBack = true;
    this.heldChunk = chunk;
    return PENDING;
  }

  private resume(): void {
    const chunk = this.heldChunk;
    this.heldChunk = undefined;
    const controller = this.writableController;
    if (this.writable.state === "erroring") {
      controller.failWrite(this.writable.storedError);
      return;
    }
    let result: unknown;
    try {
      result = this.transform(chunk);
    } catch (error) {
      controller.failWrite(error);
      return;
    }
    upon(
      result,
      () => controller.finishWrite(),
      (reason) => controller.failWrite(reason),
    );
  }

  /** TransformStreamDefaultControllerPerformTransform */
  private transform(chunk: unknown): unknown {
    const transformer = this.transformer;
    // A cancel or an abort that is still running has cleared the algorithms: nobody wants the chunk.
    if (transformer === undefined) return undefined;
    if (transformer.transform === undefined) {
      this.passOn(chunk);
      return undefined;
    }
    let result: unknown;
    try {
      result = transformer.transform(chunk, this);
    } catch (error) {
      result = PromiseReject(error);
    }
    if (result === undefined) return undefined;
    return PromisePrototypeThen(toPromise(result), undefined, this.onTransformFailed);
  }

  /** The transform algorithm of a transformer without one */
  private passOn(chunk: unknown): void {
    try {
      this.enqueue(chunk);
    } catch (error) {
      this.error(error);
      throw error;
    }
  }

  /** TransformStreamDefaultSinkAbortAlgorithm */
  abort(reason: unknown): unknown {
    const { readable, readableController } = this;
    return this.finish(
      (transformer) => (transformer.cancel === undefined ? undefined : transformer.cancel(reason)),
      () => {
        if (readable.state === "errored") throw readable.storedError;
        readableController.error(reason);
      },
      (error) => readableController.error(error),
    );
  }

  /** TransformStreamDefaultSinkCloseAlgorithm */
  close(): unknown {
    const { readable, readableController } = this;
    return this.finish(
      (transformer) => (transformer.flush === undefined ? undefined : transformer.flush(this)),
      () => {
        if (readable.state === "errored") throw readable.storedError;
        readableController.close();
      },
      (error) => readableController.error(error),
    );
  }

  // --- The source of the readable side ---------------------------------------

  /** TransformStreamDefaultSourcePullAlgorithm */
  pull(): unknown {
    this.pulled = true;
    this.setBackpressure(false);
    if (this.puller !== undefined) this.puller.pulled!();
    return PENDING;
  }

  /** TransformStreamDefaultSourceCancelAlgorithm */
  cancel(reason: unknown): unknown {
    const { writable, writableController } = this;
    return this.finish(
      (transformer) => (transformer.cancel === undefined ? undefined : transformer.cancel(reason)),
      () => {
        if (writable.state === "errored") throw writable.storedError;
        writableController.errorIfNeeded(reason);
        this.unblockWrite();
      },
      (error) => {
        writableController.errorIfNeeded(error);
        this.unblockWrite();
      },
    );
  }

  /** Ends the transform once; whoever ends it later gets the promise of the first. onFulfilled may throw the failure. */
  private finish(
    algorithm: (transformer: Transformer) => unknown,
    onFulfilled: () => void,
    onRejected: (error: unknown) => void,
  ): Promise<undefined> {
    if (this.finishing !== undefined) {
      this.puller?.abandoned!();
      return this.finishing.promise;
    }
    const finishing = (this.finishing = newDeferred<undefined>());
    let result: unknown;
    try {
      result = this.transformer === undefined ? undefined : algorithm(this.transformer);
    } catch (error) {
      result = PromiseReject(error);
    }
    this.clearAlgorithms();
    const fail = (error: unknown) => {
      onRejected(error);
      finishing.reject(error);
    };
    upon(
      result,
      () => {
        try {
          onFulfilled();
        } catch (error) {
          finishing.reject(error);
          return;
        }
        finishing.resolve(undefined);
      },
      fail,
    );
    return finishing.promise;
  }
}

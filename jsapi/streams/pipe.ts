// ReadableStreamPipeTo (Streams §4.9.1).

import { type Deferred, newDeferred, PromisePrototypeThen, TypeError } from "../core/primordials.ts";
import { boolean, dictionary } from "../core/webidl.ts";
import {
  abortReason,
  type AbortSignal,
  addAbortAlgorithm,
  isAborted,
  isAbortSignal,
  removeAbortAlgorithm,
} from "../events/abort.ts";
import { microtask, resolvedPromise } from "./promises.ts";
import {
  cancelReadable,
  readDefault,
  Reader,
  releaseReader,
  type Readable,
  type ReadRequest,
} from "./readable-core.ts";
import {
  abortWritable,
  closeWithErrorPropagation,
  type Completion,
  releaseWriter,
  type Writable,
  writeChunk,
  Writer,
} from "./writable-core.ts";

/** The dictionary StreamPipeOptions, converted. */
export interface PipeOptions {
  preventAbort?: boolean;
  preventCancel?: boolean;
  preventClose?: boolean;
  signal?: AbortSignal | undefined;
}

/** Converts the dictionary StreamPipeOptions, member by member in its order. */
export function pipeOptions(value: unknown, what: string): PipeOptions {
  const given = dictionary(value, what);
  const preventAbort = boolean(given.preventAbort);
  const preventCancel = boolean(given.preventCancel);
  const preventClose = boolean(given.preventClose);
  const signal = given.signal;
  if (signal !== undefined && !isAbortSignal(signal)) throw new TypeError(`${what}: 'signal' is not an AbortSignal`);
  return { __proto__: null, preventAbort, preventCancel, preventClose, signal } as PipeOptions;
}

/** Pipes until either end closes or fails, or the signal is aborted. Neither stream may be locked. */
export function pipeReadableTo(source: Readable, destination: Writable, options: PipeOptions): Promise<undefined> {
  const pipe = new Pipe(source, destination, options);
  pipe.start();
  return pipe.promise;
}

/**
 * One pipe. It reads as long as the destination wants chunks: those that are
 * queued in one go, without a promise for any of them. It is the request of its
 * own reads and the completion of its own writes.
 */
class Pipe implements ReadRequest, Completion {
  private readonly reader: Reader;
  private readonly writer: Writer;
  private readonly finished: Deferred<undefined> = newDeferred<undefined>();
  private shuttingDown = false;
  /** A read that has not been answered. */
  private reading = false;
  /** Whether the read request is being answered before the read has returned. */
  private inRead = false;
  /** Chunks that were read, and whose writing has not ended. */
  private unwritten = 0;
  /** What waits for unwritten to become 0. */
  private afterWrites: (() => void) | undefined = undefined;
  private readonly pumpLater = () => this.pump();
  private readonly onAbort = () => this.abort();

  constructor(
    private readonly source: Readable,
    private readonly destination: Writable,
    private readonly options: PipeOptions,
  ) {
    this.reader = new Reader(source, false);
    this.writer = new Writer(destination);
    source.disturbed = true;
  }

  get promise(): Promise<undefined> {
    return this.finished.promise;
  }

  start(): void {
    const { signal } = this.options;
    if (signal !== undefined) {
      if (isAborted(signal)) {
        this.abort();
        return;
      }
      addAbortAlgorithm(signal, this.onAbort);
    }
    this.watch();
    this.writer.onReady = () => microtask(this.pumpLater);
    microtask(this.pumpLater);
  }

  // --- Chunks ----------------------------------------------------------------

  /** Moves chunks until one of the two ends has to be waited for. */
  private pump(): void {
    const destination = this.destination;
    while (!this.shuttingDown && !this.reading && this.wantsChunk(destination)) {
      this.reading = true;
      this.inRead = true;
      readDefault(this.source, this);
      this.inRead = false;
    }
  }

  private wantsChunk(destination: Writable): boolean {
    return destination.state === "writable" && !destination.backpressure && !destination.isClosing();
  }

  chunk(value: unknown): void {
    this.unwritten++;
    if (this.inRead) {
      this.reading = false;
      writeChunk(this.writer, value, this);
      return;
    }
    // An enqueue by the source must not call the sink's write.
    microtask(() => {
      this.reading = false;
      writeChunk(this.writer, value, this);
      this.pump();
    });
  }

  // The end of the source is seen by watch(); no read follows it, for reading stays true.
  close(): void {}
  error(): void {}

  resolve(): void {
    this.unwritten--;
    if (this.unwritten === 0 && this.afterWrites !== undefined) microtask(this.afterWrites);
  }

  reject(): void {
    this.resolve();
  }

  // --- Ends ------------------------------------------------------------------

  /** Propagates errors and closing, in the standard's order. */
  private watch(): void {
    const { source, destination } = this;
    if (source.state === "errored") this.sourceErrored(source.storedError);
    if (destination.state === "errored") this.destinationErrored(destination.storedError);
    if (source.state === "closed") this.sourceClosed();
    if (destination.isClosing() || destination.state === "closed") this.destinationClosed();
    if (this.shuttingDown) return;
    PromisePrototypeThen(
      this.reader.closed.get(),
      () => this.sourceClosed(),
      (reason) => this.sourceErrored(reason),
    );
    PromisePrototypeThen(this.writer.closed.get(), undefined, (reason) => this.destinationErrored(reason));
  }

  private sourceErrored(reason: unknown): void {
    const action = this.options.preventAbort ? undefined : () => abortWritable(this.destination, reason);
    this.shutdown(action, true, reason);
  }

  private destinationErrored(reason: unknown): void {
    const action = this.options.preventCancel ? undefined : () => cancelReadable(this.source, reason);
    this.shutdown(action, true, reason);
  }

  private sourceClosed(): void {
    const action = this.options.preventClose ? undefined : () => closeWithErrorPropagation(this.destination);
    this.shutdown(action, false, undefined);
  }

  private destinationClosed(): void {
    this.destinationErrored(new TypeError("Cannot pipe: the WritableStream is closing or closed"));
  }

  private abort(): void {
    const { source, destination, options } = this;
    const reason = abortReason(options.signal!);
    const action = () => {
      const aborted =
        !options.preventAbort && destination.state === "writable" ? abortWritable(destination, reason) : resolvedPromise();
      const cancelled =
        !options.preventCancel && source.state === "readable" ? cancelReadable(source, reason) : resolvedPromise();
      return both(aborted, cancelled);
    };
    this.shutdown(action, true, reason);
  }

  /** Shuts down, with an action or without: once all that was read is written, when the destination can take it. */
  private shutdown(action: (() => Promise<unknown>) | undefined, failed: boolean, reason: unknown): void {
    if (this.shuttingDown) return;
    this.shuttingDown = true;
    const act = () => {
      if (action === undefined) {
        this.finalize(failed, reason);
        return;
      }
      PromisePrototypeThen(
        action(),
        () => this.finalize(failed, reason),
        (error) => this.finalize(true, error),
      );
    };
    if (this.destination.state !== "writable" || this.destination.isClosing()) act();
    else if (this.unwritten === 0) microtask(act);
    else this.afterWrites = act;
  }

  private finalize(failed: boolean, reason: unknown): void {
    this.writer.onReady = undefined;
    releaseWriter(this.writer);
    releaseReader(this.reader);
    const { signal } = this.options;
    if (signal !== undefined) removeAbortAlgorithm(signal, this.onAbort);
    if (failed) this.finished.reject(reason);
    else this.finished.resolve(undefined);
  }
}

/** Fulfilled when both promises are, rejected with the first of their rejections. */
function both(first: Promise<unknown>, second: Promise<unknown>): Promise<unknown> {
  const { promise, resolve, reject } = newDeferred<unknown>();
  let pending = 2;
  const onFulfilled = () => {
    if (--pending === 0) resolve(undefined);
  };
  PromisePrototypeThen(first, onFulfilled, reject);
  PromisePrototypeThen(second, onFulfilled, reject);
  return promise;
}

// What the two kinds of controllers of a ReadableStream share: the source's
// algorithms, and when to pull (Streams §4.9.4, §4.9.5).

import { microtask, PENDING, resolvedWith, upon } from "./promises.ts";
import type { Readable, ReadRequest } from "./readable-core.ts";

/**
 * Where a stream's chunks come from. The methods are called on the source itself
 * with the internal controller. They return nothing when they are done, a promise
 * (or PENDING, to be followed by finishPull) when they are not, and may throw.
 * Absent members are
 * looked up: a literal needs `__proto__: null`, and a class says `start = undefined`.
 */
export interface Source<C = any> {
  start?(controller: C): unknown;
  pull?(controller: C): unknown;
  cancel?(reason: unknown): unknown;
}

export abstract class ReadableController {
  /** [[closeRequested]]: closed by the source, with chunks still queued. */
  closeRequested = false;
  private started = false;
  private pulling = false;
  private pullAgain = false;
  private onPulled: (() => void) | undefined = undefined;
  private onFailed: ((reason: unknown) => void) | undefined = undefined;

  /**
   * A direct source belongs to the runtime: when its start or pull returns
   * undefined, it is done at once, which saves a microtask for every pull.
   */
  constructor(
    readonly stream: Readable,
    protected source: Source | undefined,
    readonly highWaterMark: number,
    private readonly direct: boolean,
  ) {
    stream.controller = this;
  }

  /** Calls the source's start, whose exception is the caller's; afterwards the first pull may happen. */
  start(): void {
    const source = this.source!;
    const result = source.start === undefined ? undefined : source.start(this);
    if (this.direct && result === undefined) {
      this.started = true;
      if (this.shouldPull()) microtask(() => this.pullIfNeeded());
      return;
    }
    upon(
      resolvedWith(result),
      () => {
        this.started = true;
        this.pullIfNeeded();
      },
      (reason) => this.error(reason),
    );
  }

  /** [[queueTotalSize]] */
  abstract queueSize(): number;
  /** [[PullSteps]] */
  abstract pullSteps(request: ReadRequest): void;
  /** The part of [[CancelSteps]] that empties the queue. */
  abstract discard(): void;
  /** [[ReleaseSteps]] */
  abstract releaseSteps(): void;
  /** Adds a chunk, whose memory is the stream's from then on. */
  abstract enqueue(chunk: unknown): void;
  /** Ends the stream after the chunks that are queued. */
  abstract close(): void;
  /** Fails the stream, unless it has ended. */
  abstract error(reason: unknown): void;

  /** [[CancelSteps]]: what the source's cancel returns or throws. */
  cancelSteps(reason: unknown): unknown {
    this.discard();
    const source = this.source;
    this.clearAlgorithms();
    return source === undefined || source.cancel === undefined ? undefined : source.cancel(reason);
  }

  /** ClearAlgorithms: lets go of the source, which is never called again. */
  clearAlgorithms(): void {
    this.source = undefined;
  }

  /** GetDesiredSize: null of an errored stream, 0 of a closed one. */
  desiredSize(): number | null {
    const state = this.stream.state;
    if (state === "readable") return this.highWaterMark - this.queueSize();
    return state === "closed" ? 0 : null;
  }

  /** CanCloseOrEnqueue */
  isOpen(): boolean {
    return !this.closeRequested && this.stream.state === "readable";
  }

  /** ShouldCallPull */
  shouldPull(): boolean {
    if (!this.isOpen() || !this.started) return false;
    const reader = this.stream.reader;
    if (reader !== undefined && reader.requests.length > 0) return true;
    return this.highWaterMark > this.queueSize();
  }

  /** CallPullIfNeeded */
  pullIfNeeded(): void {
    if (!this.shouldPull()) return;
    if (this.pulling) {
      this.pullAgain = true;
      return;
    }
    const source = this.source!;
    if (source.pull === undefined) return;
    do {
      this.pulling = true;
      this.pullAgain = false;
      let result: unknown;
      try {
        result = source.pull(this);
      } catch (error) {
        microtask(() => this.error(error));
        return;
      }
      if (result === PENDING) return;
      if (result !== undefined || !this.direct) {
        this.onPulled ??= () => this.finishPull();
        this.onFailed ??= (reason) => this.error(reason);
        upon(result, this.onPulled, this.onFailed);
        return;
      }
      this.pulling = false;
    } while (this.pullAgain && this.shouldPull());
  }

  /** Tells that a pull which returned PENDING is done. */
  finishPull(): void {
    this.pulling = false;
    if (!this.pullAgain) return;
    this.pullAgain = false;
    this.pullIfNeeded();
  }
}

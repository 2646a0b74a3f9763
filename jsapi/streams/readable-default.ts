// ReadableStreamDefaultController (Streams §4.6, §4.9.4).

import { TypeError } from "../core/primordials.ts";
import { defineInterface } from "../core/webidl.ts";
import { illegalConstructor, internal } from "./internal.ts";
import { SizedQueue } from "./queue.ts";
import { ReadableController, type Source } from "./readable-controller.ts";
import { closeReadable, errorReadable, type Readable, type ReadRequest } from "./readable-core.ts";
import type { SizeAlgorithm } from "./strategies.ts";

/** The slots and operations of a controller of chunks of any kind. */
export class DefaultController extends ReadableController {
  private readonly queue = new SizedQueue();

  /** SetUpReadableStreamDefaultController, up to the call of start. Without a size algorithm each chunk counts 1. */
  constructor(
    stream: Readable,
    source: Source,
    highWaterMark: number,
    private size: SizeAlgorithm | undefined,
    direct: boolean,
  ) {
    super(stream, source, highWaterMark, direct);
  }

  override queueSize(): number {
    return this.queue.totalSize;
  }

  override pullSteps(request: ReadRequest): void {
    if (this.queue.length === 0) {
      this.stream.reader!.requests.push(request);
      this.pullIfNeeded();
      return;
    }
    const chunk = this.queue.dequeue();
    if (this.closeRequested && this.queue.length === 0) {
      this.clearAlgorithms();
      closeReadable(this.stream);
    } else {
      this.pullIfNeeded();
    }
    request.chunk(chunk);
  }

  override discard(): void {
    this.queue.reset();
  }

  override releaseSteps(): void {}

  override clearAlgorithms(): void {
    super.clearAlgorithms();
    this.size = undefined;
  }

  /** ReadableStreamDefaultControllerEnqueue: throws what the size algorithm throws, and a RangeError for an invalid size. */
  override enqueue(chunk: unknown): void {
    if (!this.isOpen()) return;
    const reader = this.stream.reader;
    if (reader !== undefined && reader.requests.length > 0) {
      reader.requests.shift().chunk(chunk);
    } else {
      this.enqueueSized(chunk);
    }
    this.pullIfNeeded();
  }

  private enqueueSized(chunk: unknown): void {
    try {
      const size = this.size;
      this.queue.enqueue(chunk, size === undefined ? 1 : size(chunk));
    } catch (error) {
      this.error(error);
      throw error;
    }
  }

  override close(): void {
    if (!this.isOpen()) return;
    this.closeRequested = true;
    if (this.queue.length > 0) return;
    this.clearAlgorithms();
    closeReadable(this.stream);
  }

  override error(reason: unknown): void {
    if (this.stream.state !== "readable") return;
    this.queue.reset();
    this.clearAlgorithms();
    errorReadable(this.stream, reason);
  }
}

/** The controller that apps see. */
export class ReadableStreamDefaultController {
  readonly #controller: DefaultController;

  constructor(token: unknown, controller: DefaultController) {
    if (token !== internal) illegalConstructor();
    this.#controller = controller;
  }

  get desiredSize(): number | null {
    return this.#controller.desiredSize();
  }

  close(): void {
    const controller = this.#controller;
    if (!controller.isOpen()) throw cannot("close", controller);
    controller.close();
  }

  enqueue(chunk: unknown = undefined): void {
    const controller = this.#controller;
    if (!controller.isOpen()) throw cannot("enqueue", controller);
    controller.enqueue(chunk);
  }

  error(e: unknown = undefined): void {
    this.#controller.error(e);
  }
}

defineInterface(ReadableStreamDefaultController, "ReadableStreamDefaultController", {
  enumerable: ["desiredSize", "close", "enqueue", "error"],
  length: 0,
});

/** The TypeError of an operation on a stream that has ended. */
export function cannot(operation: string, controller: ReadableController): TypeError {
  const state = controller.stream.state;
  return new TypeError(`Cannot ${operation}: the stream is ${state === "readable" ? "closing" : state}`);
}

// ReadableStreamTee (Streams §4.9.1): two streams of the chunks of one.

import { PromisePrototypeThen, TypedArrayPrototypeGetTag } from "../core/primordials.ts";
import { cloneAsUint8Array } from "./buffers.ts";
import { microtask, resolveWith } from "./promises.ts";
import { ByteController } from "./readable-byte.ts";
import type { ReadableController, Source } from "./readable-controller.ts";
import { cancelReadable, readDefault, Reader, Readable, type ReadRequest } from "./readable-core.ts";
import { DefaultController } from "./readable-default.ts";
import { teeBytes } from "./tee-bytes.ts";
import { type Branches, TeeCancel } from "./tee-cancel.ts";

const { structuredClone } = __host;

/** Tees a stream, which must not be locked. cloneForSecond gives the second branch copies of the chunks of a default stream. */
export function teeReadable(stream: Readable, cloneForSecond: boolean): Branches {
  if (stream.controller instanceof ByteController) return teeBytes(stream);
  const tee = new DefaultTee(stream, cloneForSecond);
  return { first: tee.first.stream, second: tee.second.stream };
}

/** ReadableStreamDefaultTee */
class DefaultTee implements ReadRequest {
  readonly first: ReadableController;
  readonly second: ReadableController;
  private readonly reader: Reader;
  private readonly cancellation: TeeCancel;
  private reading = false;
  private readAgain = false;

  constructor(
    private readonly stream: Readable,
    private readonly cloneForSecond: boolean,
  ) {
    this.reader = new Reader(stream, false);
    this.cancellation = new TeeCancel(stream);
    this.first = this.newBranch(0);
    this.second = this.newBranch(1);
    PromisePrototypeThen(this.reader.closed.get(), undefined, (reason) => {
      this.first.error(reason);
      this.second.error(reason);
      this.cancellation.sourceEnded();
    });
  }

  private newBranch(branch: 0 | 1): ReadableController {
    const source: Source = {
      __proto__: null,
      pull: () => this.pull(),
      cancel: (reason: unknown) => this.cancellation.cancel(branch, reason),
    } as Source;
    const controller = new DefaultController(new Readable(), source, 1, undefined, false);
    controller.start();
    return controller;
  }

  private pull(): void {
    if (this.reading) {
      this.readAgain = true;
      return;
    }
    this.reading = true;
    readDefault(this.stream, this);
  }

  chunk(value: unknown): void {
    // A microtask late, so that an error of the source, which the closed promise tells, comes first.
    microtask(() => this.deliver(value));
  }

  private deliver(value: unknown): void {
    const { cancellation, first, second } = this;
    this.readAgain = false;
    let copy = value;
    if (this.cloneForSecond && !cancellation.isCancelled(1)) {
      try {
        copy = cloneChunk(value);
      } catch (error) {
        first.error(error);
        second.error(error);
        resolveWith(cancellation.deferred, cancelReadable(this.stream, error));
        return;
      }
    }
    if (!cancellation.isCancelled(0)) first.enqueue(value);
    if (!cancellation.isCancelled(1)) second.enqueue(copy);
    this.reading = false;
    if (this.readAgain) this.pull();
  }

  close(): void {
    this.reading = false;
    if (!this.cancellation.isCancelled(0)) this.first.close();
    if (!this.cancellation.isCancelled(1)) this.second.close();
    this.cancellation.sourceEnded();
  }

  error(): void {
    this.reading = false;
  }
}

function cloneChunk(value: unknown): unknown {
  if (TypedArrayPrototypeGetTag(value) === "Uint8Array") return cloneAsUint8Array(value as Uint8Array);
  return structuredClone(value, []);
}

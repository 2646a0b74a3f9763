// ReadableByteStreamTee (Streams §4.9.1).

import { PromisePrototypeThen } from "../core/primordials.ts";
import { cloneAsUint8Array } from "./buffers.ts";
import { microtask, resolveWith } from "./promises.ts";
import { acquireByobReader, ByteController, readInto } from "./readable-byte.ts";
import type { Source } from "./readable-controller.ts";
import {
  cancelReadable,
  readDefault,
  Reader,
  Readable,
  type ReadIntoRequest,
  type ReadRequest,
  releaseReader,
} from "./readable-core.ts";
import { type Branches, TeeCancel } from "./tee-cancel.ts";

/** Tees a readable byte stream, which must not be locked. */
export function teeBytes(stream: Readable): Branches {
  const tee = new ByteTee(stream);
  return { first: tee.branches[0].stream, second: tee.branches[1].stream };
}

/** The reader of the source is one of the kind that its current read needs. */
class ByteTee {
  readonly branches: readonly [ByteController, ByteController];
  readonly cancellation: TeeCancel;
  reading = false;
  readonly readAgain: [boolean, boolean] = [false, false];
  private reader: Reader;

  constructor(private readonly stream: Readable) {
    this.reader = new Reader(stream, false);
    this.cancellation = new TeeCancel(stream);
    this.branches = [this.newBranch(0), this.newBranch(1)];
    this.forwardError();
  }

  private newBranch(branch: 0 | 1): ByteController {
    const source: Source = {
      __proto__: null,
      pull: () => this.pull(branch),
      cancel: (reason: unknown) => this.cancellation.cancel(branch, reason),
    } as Source;
    const controller = new ByteController(new Readable(), source, 0, undefined, false);
    controller.start();
    return controller;
  }

  /** ForwardReaderError, for the reader of now */
  private forwardError(): void {
    const reader = this.reader;
    PromisePrototypeThen(reader.closed.get(), undefined, (reason) => {
      if (reader !== this.reader) return;
      this.branches[0].error(reason);
      this.branches[1].error(reason);
      this.cancellation.sourceEnded();
    });
  }

  private pull(branch: 0 | 1): void {
    if (this.reading) {
      this.readAgain[branch] = true;
      return;
    }
    this.reading = true;
    const request = this.branches[branch].getByobRequest();
    if (request === undefined) {
      this.switchReader(false);
      readDefault(this.stream, new DefaultRead(this));
    } else {
      this.switchReader(true);
      readInto(this.stream, request.view!, 1, new ByobRead(this, branch));
    }
  }

  private switchReader(byob: boolean): void {
    if (this.reader.byob === byob) return;
    releaseReader(this.reader);
    this.reader = byob ? acquireByobReader(this.stream) : new Reader(this.stream, false);
    this.forwardError();
  }

  /** Ends a read that gave a chunk, and begins the next one if a branch asked for it meanwhile. */
  chunkDelivered(): void {
    this.reading = false;
    if (this.readAgain[0]) this.pull(0);
    else if (this.readAgain[1]) this.pull(1);
  }

  cloneFailed(error: unknown): void {
    this.branches[0].error(error);
    this.branches[1].error(error);
    resolveWith(this.cancellation.deferred, cancelReadable(this.stream, error));
  }

  closeBranch(branch: 0 | 1): void {
    if (!this.cancellation.isCancelled(branch)) this.branches[branch].close();
  }
}

/** The read request of PullWithDefaultReader */
class DefaultRead implements ReadRequest {
  constructor(private readonly tee: ByteTee) {}

  chunk(value: unknown): void {
    // A microtask late, so that an error of the source, which the closed promise tells, comes first.
    microtask(() => this.deliver(value as Uint8Array));
  }

  private deliver(chunk: Uint8Array): void {
    const { tee } = this;
    const { branches, cancellation } = tee;
    tee.readAgain[0] = tee.readAgain[1] = false;
    let copy = chunk;
    if (!cancellation.isCancelled(0) && !cancellation.isCancelled(1)) {
      try {
        copy = cloneAsUint8Array(chunk);
      } catch (error) {
        tee.cloneFailed(error);
        return;
      }
    }
    if (!cancellation.isCancelled(0)) branches[0].enqueueTransferred(chunk);
    if (!cancellation.isCancelled(1)) branches[1].enqueueTransferred(copy);
    tee.chunkDelivered();
  }

  close(): void {
    const { tee } = this;
    const { branches } = tee;
    tee.reading = false;
    tee.closeBranch(0);
    tee.closeBranch(1);
    if (branches[0].hasPullInto()) branches[0].respond(0);
    if (branches[1].hasPullInto()) branches[1].respond(0);
    tee.cancellation.sourceEnded();
  }

  error(): void {
    this.tee.reading = false;
  }
}

/** The read-into request of PullWithBYOBReader, for the branch whose BYOB request gave the view. */
class ByobRead implements ReadIntoRequest {
  constructor(
    private readonly tee: ByteTee,
    private readonly branch: 0 | 1,
  ) {}

  chunk(value: unknown): void {
    microtask(() => this.deliver(value as Uint8Array));
  }

  private deliver(chunk: Uint8Array): void {
    const { tee, branch } = this;
    const other = branch === 0 ? 1 : 0;
    const byob = tee.branches[branch];
    tee.readAgain[0] = tee.readAgain[1] = false;
    const byobCancelled = tee.cancellation.isCancelled(branch);
    if (!tee.cancellation.isCancelled(other)) {
      let copy: Uint8Array;
      try {
        copy = cloneAsUint8Array(chunk);
      } catch (error) {
        tee.cloneFailed(error);
        return;
      }
      if (!byobCancelled) byob.respondWithNewView(chunk);
      tee.branches[other].enqueueTransferred(copy);
    } else if (!byobCancelled) {
      byob.respondWithNewView(chunk);
    }
    tee.chunkDelivered();
  }

  close(view?: unknown): void {
    const { tee, branch } = this;
    const other = branch === 0 ? 1 : 0;
    tee.reading = false;
    tee.closeBranch(branch);
    tee.closeBranch(other);
    if (view !== undefined) {
      if (!tee.cancellation.isCancelled(branch)) tee.branches[branch].respondWithNewView(view as Uint8Array);
      if (!tee.cancellation.isCancelled(other) && tee.branches[other].hasPullInto()) tee.branches[other].respond(0);
    }
    tee.cancellation.sourceEnded();
  }

  error(): void {
    this.tee.reading = false;
  }
}

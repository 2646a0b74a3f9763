// The slots and operations of ReadableByteStreamController (Streams §4.7, §4.9.5).

import { ArrayBuffer, RangeError, TypedArrayPrototypeGetByteLength, TypeError, Uint8Array } from "../core/primordials.ts";
import {
  byteLengthOf,
  cloneBytes,
  isDetached,
  transfer,
  type ViewConstructor,
  viewBuffer,
  viewKind,
  viewRange,
} from "./buffers.ts";
import { ByteQueue, filledView, type PullInto, takeBuffer } from "./byte-queue.ts";
import { Ring } from "./queue.ts";
import { ReadableController, type Source } from "./readable-controller.ts";
import {
  closeReadable,
  errorReadable,
  type Readable,
  Reader,
  type ReadIntoRequest,
  type ReadRequest,
} from "./readable-core.ts";

/** The slots of a ReadableStreamBYOBRequest. */
export interface ByobRequest {
  controller: ByteController | undefined;
  view: Uint8Array | null;
  /** The object that the app sees, once there is one. */
  wrapper: object | undefined;
}

export class ByteController extends ReadableController {
  private readonly queue = new ByteQueue();
  private pending = new Ring<PullInto>();
  private byobRequest: ByobRequest | undefined = undefined;

  /** SetUpReadableByteStreamController, up to the call of start. */
  constructor(
    stream: Readable,
    source: Source,
    highWaterMark: number,
    private readonly autoAllocateChunkSize: number | undefined,
    direct: boolean,
  ) {
    super(stream, source, highWaterMark, direct);
  }

  override queueSize(): number {
    return this.queue.totalSize;
  }

  // --- Reading ---------------------------------------------------------------

  override pullSteps(request: ReadRequest): void {
    if (this.queue.totalSize > 0) {
      this.fillReadRequest(request);
      return;
    }
    if (this.autoAllocateChunkSize !== undefined && !this.allocatePullInto(this.autoAllocateChunkSize, request)) return;
    this.stream.reader!.requests.push(request);
    this.pullIfNeeded();
  }

  private allocatePullInto(size: number, request: ReadRequest): boolean {
    let buffer: ArrayBuffer;
    try {
      buffer = new ArrayBuffer(size);
    } catch (error) {
      request.error(error);
      return false;
    }
    this.pending.push({
      buffer,
      bufferByteLength: size,
      byteOffset: 0,
      byteLength: size,
      bytesFilled: 0,
      minimumFill: 1,
      elementSize: 1,
      make: Uint8Array as ViewConstructor,
      exposed: false,
      readerType: "default",
    });
    return true;
  }

  /** FillReadRequestFromQueue */
  private fillReadRequest(request: ReadRequest): void {
    const entry = this.queue.shift();
    this.handleQueueDrain();
    request.chunk(new Uint8Array(entry.buffer, entry.byteOffset, entry.byteLength));
  }

  /** PullInto: min counts elements of the view, which is not empty. */
  pullInto(view: ArrayBufferView, min: number, request: ReadIntoRequest): void {
    const { make, elementSize } = viewKind(view);
    const { buffer: given, byteOffset, byteLength } = viewRange(view);
    let buffer: ArrayBuffer;
    try {
      buffer = transfer(given);
    } catch (error) {
      request.error(error);
      return;
    }
    const descriptor: PullInto = {
      buffer,
      bufferByteLength: byteLengthOf(buffer),
      byteOffset,
      byteLength,
      bytesFilled: 0,
      minimumFill: min * elementSize,
      elementSize,
      make,
      exposed: false,
      readerType: "byob",
    };
    if (this.pending.length > 0) {
      this.queuePullInto(descriptor, request);
      return;
    }
    if (this.stream.state === "closed") {
      request.close(new make(buffer, byteOffset, 0));
      return;
    }
    if (this.queue.totalSize > 0) {
      if (this.queue.fill(descriptor)) {
        const filled = filledView(descriptor);
        this.handleQueueDrain();
        request.chunk(filled);
        return;
      }
      if (this.closeRequested) {
        const reason = new TypeError("The stream closed before the view could be filled with whole elements");
        this.error(reason);
        request.error(reason);
        return;
      }
    }
    this.queuePullInto(descriptor, request);
    this.pullIfNeeded();
  }

  private queuePullInto(descriptor: PullInto, request: ReadIntoRequest): void {
    this.pending.push(descriptor);
    this.stream.reader!.requests.push(request);
  }

  /** HandleQueueDrain */
  private handleQueueDrain(): void {
    if (this.queue.totalSize === 0 && this.closeRequested) {
      this.clearAlgorithms();
      closeReadable(this.stream);
    } else {
      this.pullIfNeeded();
    }
  }

  // --- Enqueuing -------------------------------------------------------------

  /** Enqueue of a Uint8Array whose buffer nobody else uses: it is not transferred. Empty ones are dropped. */
  override enqueue(chunk: unknown): void {
    const view = chunk as Uint8Array<ArrayBuffer>;
    if (!this.isOpen() || TypedArrayPrototypeGetByteLength(view) === 0) return;
    const reader = this.stream.reader;
    if (this.queue.totalSize === 0 && this.pending.length === 0 && reader !== undefined && !reader.byob && reader.requests.length > 0) {
      reader.requests.shift().chunk(view);
      this.pullIfNeeded();
      return;
    }
    const { buffer, byteOffset, byteLength } = viewRange(view);
    this.enqueueOwned(buffer, byteOffset, byteLength);
  }

  /** ReadableByteStreamControllerEnqueue: takes the view's buffer away from its owner. */
  enqueueTransferred(view: ArrayBufferView): void {
    if (!this.isOpen()) return;
    const { buffer, byteOffset, byteLength } = viewRange(view);
    if (isDetached(buffer)) throw new TypeError("The chunk's buffer is detached");
    this.enqueueOwned(transfer(buffer), byteOffset, byteLength);
  }

  private enqueueOwned(buffer: ArrayBuffer, byteOffset: number, byteLength: number): void {
    if (this.pending.length > 0) this.refreshFirstPending();
    const reader = this.stream.reader;
    if (reader === undefined) {
      this.queue.push(buffer, byteOffset, byteLength);
    } else if (reader.byob) {
      this.queue.push(buffer, byteOffset, byteLength);
      this.commitAll(this.processPullIntos());
    } else {
      this.processReadRequests();
      if (reader.requests.length === 0) {
        this.queue.push(buffer, byteOffset, byteLength);
      } else {
        if (this.pending.length > 0) this.pending.shift();
        reader.requests.shift().chunk(new Uint8Array(buffer, byteOffset, byteLength));
      }
    }
    this.pullIfNeeded();
  }

  /** Ends the BYOB request of the first descriptor, and takes its memory out of the source's reach. */
  private refreshFirstPending(): void {
    const first = this.pending.peek();
    if (isDetached(first.buffer)) {
      throw new TypeError("The buffer of the pending BYOB request is detached and was not given back");
    }
    this.invalidateByobRequest();
    takeBuffer(first);
    if (first.readerType === "none") this.enqueueDetachedPullInto(first);
  }

  /** EnqueueClonedChunkToQueue: an exception errors the stream. */
  private enqueueClone(buffer: ArrayBuffer, byteOffset: number, byteLength: number): void {
    let clone: ArrayBuffer;
    try {
      clone = cloneBytes(buffer, byteOffset, byteLength);
    } catch (error) {
      this.error(error);
      throw error;
    }
    this.queue.push(clone, 0, byteLength);
  }

  /** EnqueueDetachedPullIntoToQueue */
  private enqueueDetachedPullInto(descriptor: PullInto): void {
    if (descriptor.bytesFilled > 0) this.enqueueClone(descriptor.buffer, descriptor.byteOffset, descriptor.bytesFilled);
    this.pending.shift();
  }

  /** ProcessReadRequestsUsingQueue */
  private processReadRequests(): void {
    const reader = this.stream.reader!;
    while (reader.requests.length > 0 && this.queue.totalSize > 0) this.fillReadRequest(reader.requests.shift());
  }

  /** ProcessPullIntoDescriptorsUsingQueue: those that are filled, no longer pending. */
  private processPullIntos(): PullInto[] {
    const filled: PullInto[] = [];
    while (this.pending.length > 0 && this.queue.totalSize > 0) {
      const descriptor = this.pending.peek();
      if (this.queue.fill(descriptor)) {
        this.pending.shift();
        filled[filled.length] = descriptor;
      }
    }
    return filled;
  }

  private commitAll(filled: PullInto[]): void {
    for (let i = 0; i < filled.length; i++) this.commit(filled[i]!);
  }

  /** CommitPullIntoDescriptor */
  private commit(descriptor: PullInto): void {
    const request = this.stream.reader!.requests.shift();
    const view = filledView(descriptor);
    if (this.stream.state === "closed") (request as ReadIntoRequest).close(view);
    else request.chunk(view);
  }

  // --- Ending ----------------------------------------------------------------

  override discard(): void {
    this.clearPending();
    this.queue.clear();
  }

  override releaseSteps(): void {
    if (this.pending.length === 0) return;
    const first = this.pending.peek();
    first.readerType = "none";
    this.pending = new Ring();
    this.pending.push(first);
  }

  /** ReadableByteStreamControllerClose: a TypeError when a reader's view holds a part of an element. */
  override close(): void {
    if (!this.isOpen()) return;
    if (this.queue.totalSize > 0) {
      this.closeRequested = true;
      return;
    }
    if (this.pending.length > 0) {
      const first = this.pending.peek();
      if (first.bytesFilled % first.elementSize !== 0) {
        const reason = new TypeError("The stream closed in the middle of an element of the view to fill");
        this.error(reason);
        throw reason;
      }
    }
    this.clearAlgorithms();
    closeReadable(this.stream);
  }

  override error(reason: unknown): void {
    if (this.stream.state !== "readable") return;
    this.discard();
    this.clearAlgorithms();
    errorReadable(this.stream, reason);
  }

  private clearPending(): void {
    this.invalidateByobRequest();
    this.pending.clear();
  }

  // --- BYOB requests ---------------------------------------------------------

  /** GetBYOBRequest */
  getByobRequest(): ByobRequest | undefined {
    if (this.byobRequest === undefined && this.pending.length > 0) {
      const first = this.pending.peek();
      const view = new Uint8Array(
        first.buffer,
        first.byteOffset + first.bytesFilled,
        first.byteLength - first.bytesFilled,
      );
      first.exposed = true;
      this.byobRequest = { controller: this, view, wrapper: undefined };
    }
    return this.byobRequest;
  }

  /** Whether a reader's view waits to be filled. */
  hasPullInto(): boolean {
    return this.pending.length > 0;
  }

  private invalidateByobRequest(): void {
    const request = this.byobRequest;
    if (request === undefined) return;
    request.controller = undefined;
    request.view = null;
    this.byobRequest = undefined;
  }

  /** ReadableByteStreamControllerRespond */
  respond(bytesWritten: number): void {
    const first = this.pending.peek();
    if (this.stream.state === "closed") {
      if (bytesWritten !== 0) throw new TypeError("Only 0 bytes can be responded once the stream is closed");
    } else {
      if (bytesWritten === 0) throw new TypeError("At least 1 byte must be responded while the stream is readable");
      if (first.bytesFilled + bytesWritten > first.byteLength) {
        throw new RangeError(`${bytesWritten} bytes are more than the BYOB request's view holds`);
      }
    }
    takeBuffer(first);
    this.respondInternal(bytesWritten);
  }

  /** ReadableByteStreamControllerRespondWithNewView */
  respondWithNewView(view: ArrayBufferView): void {
    const first = this.pending.peek();
    const { byteOffset, byteLength } = viewRange(view);
    if (this.stream.state === "closed") {
      if (byteLength !== 0) throw new TypeError("Only an empty view can be responded once the stream is closed");
    } else if (byteLength === 0) {
      throw new TypeError("A view that is not empty must be responded while the stream is readable");
    }
    const buffer = viewBuffer(view);
    if (first.byteOffset + first.bytesFilled !== byteOffset) {
      throw new RangeError("The view does not begin where the BYOB request's view does");
    }
    if (first.bufferByteLength !== byteLengthOf(buffer)) {
      throw new RangeError("The view's buffer is not as long as that of the BYOB request's view");
    }
    if (first.bytesFilled + byteLength > first.byteLength) {
      throw new RangeError("The view is longer than the BYOB request's view");
    }
    first.buffer = transfer(buffer);
    first.exposed = false;
    this.respondInternal(byteLength);
  }

  private respondInternal(bytesWritten: number): void {
    const first = this.pending.peek();
    this.invalidateByobRequest();
    if (this.stream.state === "closed") this.respondInClosedState(first);
    else this.respondInReadableState(bytesWritten, first);
    this.pullIfNeeded();
  }

  private respondInClosedState(first: PullInto): void {
    if (first.readerType === "none") this.pending.shift();
    const reader = this.stream.reader;
    if (reader === undefined || !reader.byob) return;
    const filled: PullInto[] = [];
    while (filled.length < reader.requests.length) filled[filled.length] = this.pending.shift();
    this.commitAll(filled);
  }

  private respondInReadableState(bytesWritten: number, descriptor: PullInto): void {
    descriptor.bytesFilled += bytesWritten;
    if (descriptor.readerType === "none") {
      this.enqueueDetachedPullInto(descriptor);
      this.commitAll(this.processPullIntos());
      return;
    }
    if (descriptor.bytesFilled < descriptor.minimumFill) return;
    this.pending.shift();
    const remainder = descriptor.bytesFilled % descriptor.elementSize;
    if (remainder > 0) {
      const end = descriptor.byteOffset + descriptor.bytesFilled;
      this.enqueueClone(descriptor.buffer, end - remainder, remainder);
      descriptor.bytesFilled -= remainder;
    }
    const filled = this.processPullIntos();
    this.commit(descriptor);
    this.commitAll(filled);
  }
}

/** AcquireReadableStreamBYOBReader: a TypeError when the stream is locked or no byte stream. */
export function acquireByobReader(stream: Readable): Reader {
  if (stream.reader === undefined && !(stream.controller instanceof ByteController)) {
    throw new TypeError("Only a readable byte stream (type: \"bytes\") has a BYOB reader");
  }
  return new Reader(stream, true);
}

/** ReadableStreamBYOBReaderRead, of a reader that has its stream. */
export function readInto(stream: Readable, view: ArrayBufferView, min: number, request: ReadIntoRequest): void {
  stream.disturbed = true;
  if (stream.state === "errored") request.error(stream.storedError);
  else (stream.controller as ByteController).pullInto(view, min, request);
}

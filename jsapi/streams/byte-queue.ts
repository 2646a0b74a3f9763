// The queue of a readable byte stream, and the descriptors that it fills (Streams §4.7.2).

import { MathMin } from "../core/primordials.ts";
import { copyBytes, transfer, type ViewConstructor, type ViewRange } from "./buffers.ts";
import { Ring } from "./queue.ts";

/** A pull-into descriptor: memory that is being filled for a reader. Offsets and lengths count bytes. */
export interface PullInto {
  buffer: ArrayBuffer;
  readonly bufferByteLength: number;
  readonly byteOffset: number;
  readonly byteLength: number;
  bytesFilled: number;
  readonly minimumFill: number;
  readonly elementSize: number;
  readonly make: ViewConstructor;
  /** Whether a BYOB request has shown the buffer to the source. */
  exposed: boolean;
  /** "none" once the reader that asked is released. */
  readerType: "default" | "byob" | "none";
}

/** TransferArrayBuffer of a descriptor's buffer, left out when nobody could tell: when the source never saw it. */
export function takeBuffer(descriptor: PullInto): void {
  if (!descriptor.exposed) return;
  descriptor.buffer = transfer(descriptor.buffer);
  descriptor.exposed = false;
}

/** ConvertPullIntoDescriptor */
export function filledView(descriptor: PullInto): ArrayBufferView {
  takeBuffer(descriptor);
  return new descriptor.make(descriptor.buffer, descriptor.byteOffset, descriptor.bytesFilled / descriptor.elementSize);
}

/** Chunks of bytes that the stream owns. */
export class ByteQueue {
  /** [[queueTotalSize]], in bytes. No chunk is empty. */
  totalSize = 0;
  private readonly chunks = new Ring<ViewRange>();

  push(buffer: ArrayBuffer, byteOffset: number, byteLength: number): void {
    this.chunks.push({ buffer, byteOffset, byteLength });
    this.totalSize += byteLength;
  }

  /** Takes the oldest chunk. The queue must not be empty. */
  shift(): ViewRange {
    const chunk = this.chunks.shift();
    this.totalSize -= chunk.byteLength;
    return chunk;
  }

  clear(): void {
    this.chunks.clear();
    this.totalSize = 0;
  }

  /** FillPullIntoDescriptorFromQueue: moves bytes over; whether the descriptor has what its reader asked for. */
  fill(descriptor: PullInto): boolean {
    const room = MathMin(this.totalSize, descriptor.byteLength - descriptor.bytesFilled);
    const most = descriptor.bytesFilled + room;
    const aligned = most - (most % descriptor.elementSize);
    const ready = aligned >= descriptor.minimumFill;
    let remaining = ready ? aligned - descriptor.bytesFilled : room;
    while (remaining > 0) {
      const head = this.chunks.peek();
      const count = MathMin(remaining, head.byteLength);
      copyBytes(descriptor.buffer, descriptor.byteOffset + descriptor.bytesFilled, head.buffer, head.byteOffset, count);
      if (head.byteLength === count) {
        this.chunks.shift();
      } else {
        head.byteOffset += count;
        head.byteLength -= count;
      }
      this.totalSize -= count;
      descriptor.bytesFilled += count;
      remaining -= count;
    }
    return ready;
  }
}

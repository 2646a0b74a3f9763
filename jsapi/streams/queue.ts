// Queues of chunks: a ring buffer, and the queue-with-sizes of the Streams
// standard (§8.1) on top of it.

import { NumberIsNaN, RangeError } from "../core/primordials.ts";

/** A first-in first-out list with constant-time push and shift. Empty rings own no memory. */
export class Ring<T> {
  /** The number of values inside. */
  length = 0;
  /** A power of two of slots, or none. Slots outside [head, head + length) are undefined. */
  private slots: (T | undefined)[] = [];
  private head = 0;

  push(value: T): void {
    if (this.length === this.slots.length) this.grow();
    this.slots[(this.head + this.length) & (this.slots.length - 1)] = value;
    this.length++;
  }

  /** Takes the oldest value. The ring must not be empty. */
  shift(): T {
    const value = this.slots[this.head] as T;
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) & (this.slots.length - 1);
    this.length--;
    return value;
  }

  /** The oldest value. The ring must not be empty. */
  peek(): T {
    return this.slots[this.head] as T;
  }

  clear(): void {
    this.slots = [];
    this.head = 0;
    this.length = 0;
  }

  private grow(): void {
    const old = this.slots;
    const size = old.length === 0 ? 4 : old.length * 2;
    const slots: (T | undefined)[] = [];
    for (let i = 0; i < size; i++) {
      slots[slots.length] = i < this.length ? old[(this.head + i) & (old.length - 1)] : undefined;
    }
    this.slots = slots;
    this.head = 0;
  }
}

/** A queue-with-sizes. While every size is 1, which is the default, no sizes are stored. */
export class SizedQueue {
  /** [[queueTotalSize]] */
  totalSize = 0;
  private readonly values = new Ring<unknown>();
  private sizes: Ring<number> | undefined = undefined;

  get length(): number {
    return this.values.length;
  }

  /** EnqueueValueWithSize: a RangeError for a size that is negative, NaN or infinite. */
  enqueue(value: unknown, size: number): void {
    if (!(size >= 0) || size === Infinity) throw invalidSize(size);
    if (size !== 1 && this.sizes === undefined) this.sizes = ones(this.values.length);
    this.values.push(value);
    this.sizes?.push(size);
    this.totalSize += size;
  }

  /** DequeueValue. The queue must not be empty. */
  dequeue(): unknown {
    this.totalSize -= this.sizes === undefined ? 1 : this.sizes.shift();
    // Sizes are floating-point numbers, whose rounding may leave less than nothing.
    if (this.totalSize < 0) this.totalSize = 0;
    return this.values.shift();
  }

  /** PeekQueueValue. The queue must not be empty. */
  peek(): unknown {
    return this.values.peek();
  }

  /** ResetQueue */
  reset(): void {
    this.values.clear();
    this.sizes = undefined;
    this.totalSize = 0;
  }
}

function ones(count: number): Ring<number> {
  const ring = new Ring<number>();
  for (let i = 0; i < count; i++) ring.push(1);
  return ring;
}

function invalidSize(size: number): RangeError {
  const text = NumberIsNaN(size) ? "NaN" : size < 0 ? "negative" : "infinite";
  return new RangeError(`The size of a chunk must be a finite number which is not negative, but it is ${text}`);
}

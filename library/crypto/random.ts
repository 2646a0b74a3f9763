// Random values, and comparing in a time that says nothing.
import { Buffer } from "node:buffer";
import { bytesOf, type Bytes, type Done, failure, later } from "./bytes.ts";

/** The most that crypto.getRandomValues gives at once. */
const quota = 65_536;

function fill<T extends ArrayBufferView | ArrayBuffer>(target: T, offset = 0, size?: number): T {
  const bytes = bytesOf(target).subarray(offset, size === undefined ? undefined : offset + size);
  for (let at = 0; at < bytes.length; at += quota) crypto.getRandomValues(bytes.subarray(at, at + quota));
  return target;
}

export function randomBytes(size: number): Bytes;
export function randomBytes(size: number, done?: Done<Bytes>): Bytes | undefined;
export function randomBytes(size: number, done?: Done<Bytes>): Bytes | undefined {
  return later(() => fill(Buffer.alloc(size)), done);
}

function randomFill(target: ArrayBufferView, ...rest: unknown[]): void {
  const done = rest.pop() as Done<ArrayBufferView>;
  later(() => fill(target, ...(rest as number[])), done);
}

/** A whole number from least up to, but not including, most: without bias. */
function randomInt(...args: any[]): number | undefined {
  const done = typeof args.at(-1) === "function" ? (args.pop() as Done<number>) : undefined;
  const [least, most] = args.length === 1 ? [0, args[0]] : args;
  const range = most - least;
  if (!Number.isSafeInteger(least) || !Number.isSafeInteger(most) || !(range > 0) || range >= 2 ** 48) {
    throw new RangeError("crypto.randomInt: the range must be of safe integers, above 0 and below 2**48");
  }
  const limit = 2 ** 48 - (2 ** 48 % range);
  return later(() => {
    for (;;) {
      const [high, low] = crypto.getRandomValues(new Uint32Array(2));
      const value = (high! & 0xffff) * 2 ** 32 + low!;
      if (value < limit) return least + (value % range);
    }
  }, done);
}

function timingSafeEqual(a: ArrayBufferView, b: ArrayBufferView): boolean {
  if (a.byteLength !== b.byteLength) {
    throw failure("ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", "Input buffers must have the same byte length", RangeError);
  }
  return crypto.subtle.timingSafeEqual(bytesOf(a), bytesOf(b));
}

export const random = {
  randomBytes,
  randomFill,
  randomFillSync: fill,
  randomInt,
  randomUUID: () => crypto.randomUUID(),
  getRandomValues: (array: ArrayBufferView) => crypto.getRandomValues(array as Bytes),
  timingSafeEqual,
};

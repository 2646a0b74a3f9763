// What all of node:crypto takes and gives: bytes, texts with a coding, and errors with Node's codes.
import { Buffer } from "node:buffer";

export type Bytes = Uint8Array<ArrayBuffer>;
export type Data = string | ArrayBuffer | ArrayBufferView;
export type Done<T> = (error: Error | null, value?: T) => void;

/** An error with a code of Node's. */
export function failure(code: string, message: string, make: new (message: string) => Error = Error): Error {
  return Object.assign(new make(message), { code });
}

/** The bytes of an argument, as a view of its memory unless it is a text. */
export function bytesOf(data: unknown, encoding?: string): Bytes {
  if (typeof data === "string") return Buffer.from(data, encoding === "buffer" ? undefined : encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw failure("ERR_INVALID_ARG_TYPE", "the data must be a string, an ArrayBuffer, a TypedArray or a DataView", TypeError);
}

/** Bytes as a Buffer, or as a text in a coding. */
export function result(bytes: Uint8Array, encoding?: string): any {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return encoding === undefined || encoding === "buffer" ? buffer : buffer.toString(encoding);
}

export function concat(...parts: Uint8Array[]): Bytes {
  return Buffer.concat(parts);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && crypto.subtle.timingSafeEqual(a as Bytes, b as Bytes);
}

export function numberOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

/** A whole number, big-endian, in so many bytes; in as many as it needs without. */
export function bytesOfNumber(value: bigint, size?: number): Bytes {
  const digits = value.toString(16);
  return Buffer.from(digits.padStart(size === undefined ? digits.length + (digits.length & 1) : size * 2, "0"), "hex");
}

/** Calls back with what work returns, later, or returns it when there is nobody to call. */
export function later<T>(work: () => T | Promise<T>, done?: Done<T>): T | undefined {
  if (done === undefined) return work() as T;
  Promise.resolve().then(work).then(
    (value) => queueMicrotask(() => done(null, value)),
    (error) => queueMicrotask(() => done(error)),
  );
  return undefined;
}

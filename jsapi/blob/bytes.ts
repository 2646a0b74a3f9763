// Lists of byte ranges: what a Blob holds. The ranges are never written to, so
// that blobs and their slices can share them.

import {
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSet,
  Uint8Array,
} from "../core/primordials.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** The number of bytes; unlike .length, which an app can redefine. */
export const lengthOf: (bytes: Bytes) => number = TypedArrayPrototypeGetLength;

/** Bytes [from, to) of the same memory; unlike subarray, without asking the species. */
export function viewOf(bytes: Bytes, from: number, to: number): Bytes {
  return new Uint8Array(TypedArrayPrototypeGetBuffer(bytes), TypedArrayPrototypeGetByteOffset(bytes) + from, to - from);
}

/** The sum of the lengths. */
export function totalLength(parts: readonly Bytes[]): number {
  let total = 0;
  for (let i = 0; i < parts.length; i++) total += lengthOf(parts[i]!);
  return total;
}

/** Bytes [start, end) of the parts joined, as ranges of the same memory. */
export function sliceParts(parts: readonly Bytes[], start: number, end: number): Bytes[] {
  const list: Bytes[] = [];
  let offset = 0;
  for (let i = 0; i < parts.length && offset < end; i++) {
    const part = parts[i]!;
    const length = lengthOf(part);
    const from = start > offset ? start - offset : 0;
    const to = end - offset < length ? end - offset : length;
    if (from < to) list[list.length] = viewOf(part, from, to);
    offset += length;
  }
  return list;
}

/** The parts in one new buffer. */
export function joinParts(parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(totalLength(parts));
  let offset = 0;
  for (let i = 0; i < parts.length; i++) {
    TypedArrayPrototypeSet(joined, parts[i]!, offset);
    offset += lengthOf(parts[i]!);
  }
  return joined;
}

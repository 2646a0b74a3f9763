// Memory of array buffers and their views, looked at and moved without a
// property that an app could have replaced (Streams §8.3).

import {
  ArrayBufferIsView,
  ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeGetDetached,
  ArrayBufferPrototypeGetResizable,
  ArrayBufferPrototypeTransfer,
  DataView,
  DataViewPrototypeGetBuffer,
  DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetTag,
  TypedArrayPrototypeSet,
  TypeError,
  Uint8Array,
} from "../core/primordials.ts";
import { isArrayBuffer } from "../core/webidl.ts";

/** What makes a view of a buffer: its length counts elements. */
export type ViewConstructor = new (buffer: ArrayBuffer, byteOffset: number, length: number) => ArrayBufferView;

/** Where a view's bytes are. */
export interface ViewRange {
  buffer: ArrayBuffer;
  byteOffset: number;
  byteLength: number;
}

interface ViewKind {
  make: ViewConstructor;
  elementSize: number;
}

const dataView: ViewKind = { make: DataView as ViewConstructor, elementSize: 1 };
const uint8Array: ViewKind = { make: Uint8Array as ViewConstructor, elementSize: 1 };

/** The constructors of typed arrays by their tag. Float16Array is not everywhere. */
const typedArrays: Readonly<Record<string, ViewKind | undefined>> = collectTypedArrays();

function collectTypedArrays(): Record<string, ViewKind | undefined> {
  const kinds: Record<string, ViewKind | undefined> = { __proto__: null } as never;
  const names = ["Int8", "Uint8Clamped", "Int16", "Uint16", "Int32", "Uint32", "Float16", "Float32", "Float64", "BigInt64", "BigUint64"];
  for (let i = 0; i < names.length; i++) {
    const name = `${names[i]}Array`;
    const make = (globalThis as any)[name];
    if (make !== undefined) kinds[name] = { make, elementSize: make.BYTES_PER_ELEMENT };
  }
  return kinds;
}

/** The constructor and element size of a view, which cannot be forged. */
export function viewKind(view: ArrayBufferView): ViewKind {
  const tag = TypedArrayPrototypeGetTag(view);
  if (tag === "Uint8Array") return uint8Array;
  return tag === undefined ? dataView : typedArrays[tag]!;
}

/** Web IDL's ArrayBufferView: a TypeError for what is no view, and for views of shared or resizable memory. */
export function arrayBufferView(value: unknown, what: string): ArrayBufferView {
  if (!ArrayBufferIsView(value)) throw new TypeError(`${what} is not a view of an ArrayBuffer`);
  const buffer = viewBuffer(value);
  if (!isArrayBuffer(buffer)) throw new TypeError(`${what} is a view of shared memory, which is not allowed here`);
  if (ArrayBufferPrototypeGetResizable(buffer)) {
    throw new TypeError(`${what} is a view of a resizable buffer, which is not allowed here`);
  }
  return value;
}

export function viewBuffer(view: ArrayBufferView): ArrayBuffer {
  return TypedArrayPrototypeGetTag(view) === undefined
    ? DataViewPrototypeGetBuffer(view)
    : TypedArrayPrototypeGetBuffer(view);
}

/** The bytes that a view covers; none of a detached buffer. */
export function viewRange(view: ArrayBufferView): ViewRange {
  if (TypedArrayPrototypeGetTag(view) !== undefined) {
    return {
      buffer: TypedArrayPrototypeGetBuffer(view),
      byteOffset: TypedArrayPrototypeGetByteOffset(view),
      byteLength: TypedArrayPrototypeGetByteLength(view),
    };
  }
  const buffer = DataViewPrototypeGetBuffer(view);
  // The getters of a DataView throw when its buffer is detached.
  if (isDetached(buffer)) return { buffer, byteOffset: 0, byteLength: 0 };
  return {
    buffer,
    byteOffset: DataViewPrototypeGetByteOffset(view),
    byteLength: DataViewPrototypeGetByteLength(view),
  };
}

export function byteLengthOf(buffer: ArrayBuffer): number {
  return ArrayBufferPrototypeGetByteLength(buffer);
}

export function isDetached(buffer: ArrayBuffer): boolean {
  return ArrayBufferPrototypeGetDetached(buffer);
}

/** TransferArrayBuffer: a TypeError for memory that cannot be detached, such as WebAssembly's. */
export function transfer(buffer: ArrayBuffer): ArrayBuffer {
  return ArrayBufferPrototypeTransfer(buffer);
}

/** A copy of bytes [byteOffset, byteOffset + byteLength). */
export function cloneBytes(buffer: ArrayBuffer, byteOffset: number, byteLength: number): ArrayBuffer {
  const copy = new Uint8Array(byteLength);
  TypedArrayPrototypeSet(copy, new Uint8Array(buffer, byteOffset, byteLength));
  return TypedArrayPrototypeGetBuffer(copy);
}

/** CloneAsUint8Array */
export function cloneAsUint8Array(view: ArrayBufferView): Uint8Array {
  const { buffer, byteOffset, byteLength } = viewRange(view);
  return new Uint8Array(cloneBytes(buffer, byteOffset, byteLength));
}

/** CopyDataBlockBytes */
export function copyBytes(to: ArrayBuffer, toOffset: number, from: ArrayBuffer, fromOffset: number, count: number): void {
  TypedArrayPrototypeSet(new Uint8Array(to, toOffset, count), new Uint8Array(from, fromOffset, count));
}

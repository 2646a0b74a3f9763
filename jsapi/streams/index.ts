// WHATWG streams: the globals, and the API for the rest of the runtime.

import { defineGlobal } from "../core/webidl.ts";
import { ReadableByteStreamController, ReadableStreamBYOBRequest } from "./readable-byte-interfaces.ts";
import { ReadableStreamDefaultController } from "./readable-default.ts";
import { ReadableStream } from "./readable.ts";
import { ReadableStreamBYOBReader, ReadableStreamDefaultReader } from "./readers.ts";
import { ByteLengthQueuingStrategy, CountQueuingStrategy } from "./strategies.ts";
import { TransformStream, TransformStreamDefaultController } from "./transform.ts";
import { WritableStreamDefaultController } from "./writable-controller.ts";
import { WritableStream, WritableStreamDefaultWriter } from "./writable.ts";

export * from "./api.ts";
export { cloneAsUint8Array } from "./buffers.ts";
export type { PipeOptions } from "./pipe.ts";
export { markHandledPromise, PENDING } from "./promises.ts";
export type { ReadableController, Source } from "./readable-controller.ts";
export type { Reader, ReadRequest } from "./readable-core.ts";
export type { SizeAlgorithm } from "./strategies.ts";
export {
  type Carrier,
  type CarrierMessage,
  isLockedForTransfer,
  isTransferableStream,
  newStreamReceiver,
  transferStream,
} from "./transfer.ts";
export type { Transform, Transformer, TransformStrategy } from "./transform-core.ts";
export type { Sink, WritableController } from "./writable-controller.ts";
export {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
};

/** Defines the globals of the Streams standard. */
export function install(): void {
  defineGlobal("ByteLengthQueuingStrategy", ByteLengthQueuingStrategy);
  defineGlobal("CountQueuingStrategy", CountQueuingStrategy);
  defineGlobal("ReadableByteStreamController", ReadableByteStreamController);
  defineGlobal("ReadableStream", ReadableStream);
  defineGlobal("ReadableStreamBYOBReader", ReadableStreamBYOBReader);
  defineGlobal("ReadableStreamBYOBRequest", ReadableStreamBYOBRequest);
  defineGlobal("ReadableStreamDefaultController", ReadableStreamDefaultController);
  defineGlobal("ReadableStreamDefaultReader", ReadableStreamDefaultReader);
  defineGlobal("TransformStream", TransformStream);
  defineGlobal("TransformStreamDefaultController", TransformStreamDefaultController);
  defineGlobal("WritableStream", WritableStream);
  defineGlobal("WritableStreamDefaultController", WritableStreamDefaultController);
  defineGlobal("WritableStreamDefaultWriter", WritableStreamDefaultWriter);
}

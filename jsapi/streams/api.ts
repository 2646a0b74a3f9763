// What the rest of the runtime does with streams, without a look at any
// property that an app could have replaced, and without a promise where a
// callback will do.

import { TypeError } from "../core/primordials.ts";
import { internal } from "./internal.ts";
import { type PipeOptions, pipeReadableTo } from "./pipe.ts";
import { wrapReadable, readableOf, ReadableStream } from "./readable.ts";
import { ByteController } from "./readable-byte.ts";
import type { ReadableController, Source } from "./readable-controller.ts";
import {
  cancelReadable,
  cancelReader as cancelReaderSlots,
  readDefault,
  Readable,
  Reader,
  releasedError,
  releaseReader as releaseReaderSlots,
  type ReadRequest,
} from "./readable-core.ts";
import { DefaultController } from "./readable-default.ts";
import type { SizeAlgorithm } from "./strategies.ts";
import { teeReadable } from "./tee.ts";
import { Transform, type Transformer, type TransformStrategy } from "./transform-core.ts";
import { TransformStream } from "./transform.ts";
import { type Sink, WritableController } from "./writable-controller.ts";
import { Writable } from "./writable-core.ts";
import { writableOf, WritableStream } from "./writable.ts";

/**
 * A stream of chunks of any kind. The source's methods are called on it with the
 * internal controller, on which enqueue, close, error and desiredSize work. A
 * start or pull that returns undefined is done at once; one that returns a
 * promise is done when that settles. pull is first called a microtask after the
 * creation if highWaterMark is above 0, and by the first read otherwise. An
 * exception of start is thrown here; one of pull, or its rejection, errors the stream.
 */
export function createReadableStream(
  source: Source<ReadableController>,
  highWaterMark = 1,
  size?: SizeAlgorithm,
): ReadableStream {
  const slots = new Readable();
  new DefaultController(slots, source, highWaterMark, size, true).start();
  return wrapReadable(slots);
}

/**
 * A readable byte stream: its chunks are Uint8Arrays, whose memory belongs to the
 * stream once they are enqueued; empty ones are dropped. highWaterMark counts
 * bytes. The source is as in createReadableStream; with highWaterMark 0 nothing
 * of it runs, but start, before the first read.
 */
export function createReadableByteStream(source: Source<ReadableController>, highWaterMark = 0): ReadableStream {
  const slots = new Readable();
  new ByteController(slots, source, highWaterMark, undefined, true).start();
  return wrapReadable(slots);
}

/** A WritableStream of the runtime's own. The sink's methods are called on it. */
export function createWritableStream(sink: Sink, highWaterMark = 1, size?: SizeAlgorithm): WritableStream {
  const slots = new Writable();
  new WritableController(slots, sink, highWaterMark, size).start();
  return new WritableStream(internal, slots);
}

/**
 * A TransformStream of the runtime's own. The transformer's methods are called on
 * it with the internal controller, on which enqueue, error, desiredSize and
 * terminate work. Without a strategy the high water marks are 1 and 0, as in the constructor.
 */
export function createTransformStream(transformer: Transformer, strategy: TransformStrategy = standard): TransformStream {
  const slots = new Transform(transformer, strategy);
  slots.begin();
  return new TransformStream(internal, slots);
}

const standard: TransformStrategy = {
  writableHighWaterMark: 1,
  writableSize: undefined,
  readableHighWaterMark: 0,
  readableSize: undefined,
};

// --- Controllers -------------------------------------------------------------

/**
 * Adds a chunk. Of a stream that has ended it does nothing; of a TransformStream
 * that has ended it throws a TypeError. What a size algorithm throws errors the stream and is thrown.
 */
export function enqueue(controller: ReadableController | Transform, chunk: unknown): void {
  controller.enqueue(chunk);
}

/**
 * Ends the stream after the chunks that are queued. Nothing happens if it has ended already. A byte stream whose
 * BYOB reader has a part of an element fails instead, with the TypeError that is thrown.
 */
export function close(controller: ReadableController): void {
  controller.close();
  if (controller.stream.state === "closed" && controller instanceof ByteController && controller.hasPullInto()) controller.respond(0);
}

/** Fails the stream (of a TransformStream: both sides). Nothing happens if it has ended already. */
export function error(controller: ReadableController | Transform, reason: unknown): void {
  controller.error(reason);
}

/** The room that is left under the high water mark, perhaps negative; 0 of a closed stream, null of an errored one. */
export function desiredSize(controller: ReadableController | Transform): number | null {
  return controller.desiredSize();
}

/** Closes the readable side of a TransformStream and errors its writable side. */
export function terminate(controller: Transform): void {
  controller.terminate();
}

// --- Streams -----------------------------------------------------------------

/** Whether a value is a ReadableStream, which cannot be forged. */
export function isReadableStream(value: unknown): value is ReadableStream {
  return readableOf(value) !== undefined;
}

/** Whether a value is a WritableStream, which cannot be forged. */
export function isWritableStream(value: unknown): value is WritableStream {
  return writableOf(value) !== undefined;
}

/** Whether a stream of either kind has a reader or writer. */
export function isLocked(stream: ReadableStream | WritableStream): boolean {
  const readable = readableOf(stream);
  return readable === undefined ? toWritable(stream).writer !== undefined : readable.reader !== undefined;
}

/** Whether a stream was ever read from or cancelled. */
export function isDisturbed(stream: ReadableStream): boolean {
  return toReadable(stream).disturbed;
}

/** Cancels a stream, locked or not. The promise is rejected when the source's cancel fails; handle it. */
export function cancelStream(stream: ReadableStream, reason: unknown): Promise<undefined> {
  return cancelReadable(toReadable(stream), reason);
}

/**
 * Two streams of the chunks of one, which is locked from then on; a TypeError if
 * it is locked already. cloneForBranch2 gives the second branch structured clones
 * of a default stream's chunks; the branches of a byte stream never share memory.
 */
export function teeStream(stream: ReadableStream, cloneForBranch2 = false): [ReadableStream, ReadableStream] {
  const { first, second } = teeReadable(toReadable(stream), cloneForBranch2);
  return [wrapReadable(first), wrapReadable(second)];
}

/**
 * Pipes until either end closes or fails, as ReadableStream.pipeTo does. A
 * TypeError is thrown if one of them is locked. Options: preventAbort,
 * preventCancel, preventClose and signal, in an object with `__proto__: null`.
 */
export function pipeTo(
  readable: ReadableStream,
  writable: WritableStream,
  options: PipeOptions = { __proto__: null } as PipeOptions,
): Promise<undefined> {
  const source = toReadable(readable);
  const destination = toWritable(writable);
  if (destination.writer !== undefined) throw new TypeError("Cannot pipe to a WritableStream that is locked to a writer");
  return pipeReadableTo(source, destination, options);
}

// --- Reading -----------------------------------------------------------------

/** Locks a stream to a reader that no app sees; a TypeError if it is locked already. */
export function acquireReader(stream: ReadableStream): Reader {
  return new Reader(toReadable(stream), false);
}

/**
 * Reads one chunk: exactly one method of the request is called, perhaps before
 * this returns. To read a whole stream, loop over such answers instead of
 * reading from within chunk().
 */
export function readInto(reader: Reader, request: ReadRequest): void {
  if (reader.stream === undefined) request.error(releasedError());
  else readDefault(reader.stream, request);
}

/** Unlocks the stream. Reads that were not answered get a TypeError. */
export function releaseReader(reader: Reader): void {
  releaseReaderSlots(reader);
}

/** Cancels the reader's stream, which stays locked. The promise is rejected when the source's cancel fails; handle it. */
export function cancelReader(reader: Reader, reason: unknown): Promise<undefined> {
  return cancelReaderSlots(reader, reason);
}

// --- Bodies that the host holds ----------------------------------------------

/**
 * Marks a stream as one whose bytes the host holds, with a token that names them.
 * Its source must be one that begins nothing before the first pull.
 */
export function setHostBody(stream: ReadableStream, token: object): void {
  toReadable(stream).hostBody = token;
}

/** The token of a stream that is neither locked nor disturbed, so that all its bytes are still with the host. */
export function hostBody(stream: ReadableStream): object | undefined {
  const slots = toReadable(stream);
  return slots.reader === undefined && !slots.disturbed ? slots.hostBody : undefined;
}

/**
 * Takes the token as hostBody does; its taker sends the bytes on, and the stream
 * is locked and disturbed from then on, as if it were being read. Its source is not called.
 */
export function takeHostBody(stream: ReadableStream): object | undefined {
  const token = hostBody(stream);
  if (token === undefined) return undefined;
  const slots = toReadable(stream);
  slots.hostBody = undefined;
  slots.disturbed = true;
  new Reader(slots, false);
  return token;
}

function toReadable(stream: ReadableStream): Readable {
  const slots = readableOf(stream);
  if (slots === undefined) throw new TypeError("Not a ReadableStream");
  return slots;
}

function toWritable(stream: unknown): Writable {
  const slots = writableOf(stream);
  if (slots === undefined) throw new TypeError("Not a WritableStream");
  return slots;
}

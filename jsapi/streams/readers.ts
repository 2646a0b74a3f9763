// ReadableStreamDefaultReader and ReadableStreamBYOBReader (Streams §4.3–4.5).

import { PromiseReject, RangeError, TypeError } from "../core/primordials.ts";
import { defineInterface, dictionary, requireArguments, unsignedLongLongEnforceRange } from "../core/webidl.ts";
import { arrayBufferView, byteLengthOf, isDetached, viewKind, viewRange } from "./buffers.ts";
import { readableOf } from "./readable.ts";
import { acquireByobReader, readInto } from "./readable-byte.ts";
import {
  cancelReader,
  PromisedRead,
  readDefault,
  Reader,
  releasedError,
  releaseReader,
  type Readable,
  type ReadResult,
} from "./readable-core.ts";

export class ReadableStreamDefaultReader {
  readonly #reader: Reader;

  constructor(stream: unknown) {
    requireArguments(arguments.length, 1, "ReadableStreamDefaultReader");
    this.#reader = new Reader(toReadable(stream, "ReadableStreamDefaultReader"), false);
  }

  get closed(): Promise<undefined> {
    try {
      return this.#reader.closed.get();
    } catch (error) {
      return PromiseReject(error);
    }
  }

  cancel(reason: unknown = undefined): Promise<undefined> {
    try {
      return cancelReader(this.#reader, reason);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  read(): Promise<ReadResult> {
    try {
      const stream = this.#reader.stream;
      if (stream === undefined) return PromiseReject(releasedError());
      const request = new PromisedRead();
      readDefault(stream, request);
      return request.promise;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  releaseLock(): void {
    releaseReader(this.#reader);
  }
}

export class ReadableStreamBYOBReader {
  readonly #reader: Reader;

  constructor(stream: unknown) {
    requireArguments(arguments.length, 1, "ReadableStreamBYOBReader");
    this.#reader = acquireByobReader(toReadable(stream, "ReadableStreamBYOBReader"));
  }

  get closed(): Promise<undefined> {
    try {
      return this.#reader.closed.get();
    } catch (error) {
      return PromiseReject(error);
    }
  }

  cancel(reason: unknown = undefined): Promise<undefined> {
    try {
      return cancelReader(this.#reader, reason);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  read(view: unknown, options: unknown = undefined): Promise<ReadResult> {
    try {
      const reader = this.#reader;
      requireArguments(arguments.length, 1, "ReadableStreamBYOBReader.read");
      const given = arrayBufferView(view, "ReadableStreamBYOBReader.read: the view");
      const { min: option } = dictionary(options, "ReadableStreamBYOBReader.read: the options");
      const min = option === undefined ? 1 : unsignedLongLongEnforceRange(option, "ReadableStreamBYOBReader.read: min");
      checkView(given, min);
      if (reader.stream === undefined) return PromiseReject(releasedError());
      const request = new PromisedRead();
      readInto(reader.stream, given, min, request);
      return request.promise;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  releaseLock(): void {
    releaseReader(this.#reader);
  }
}

const members = ["closed", "cancel", "read", "releaseLock"];
defineInterface(ReadableStreamDefaultReader, "ReadableStreamDefaultReader", { enumerable: members });
defineInterface(ReadableStreamBYOBReader, "ReadableStreamBYOBReader", { enumerable: members });

function toReadable(value: unknown, what: string): Readable {
  const stream = readableOf(value);
  if (stream === undefined) throw new TypeError(`${what}: the argument is not a ReadableStream`);
  return stream;
}

/** The steps of ReadableStreamBYOBReader.read that look at its arguments. */
function checkView(view: ArrayBufferView, min: number): void {
  const { buffer, byteLength } = viewRange(view);
  if (byteLength === 0) throw new TypeError("The view to read into is empty");
  if (byteLengthOf(buffer) === 0) throw new TypeError("The buffer of the view to read into is empty");
  if (isDetached(buffer)) throw new TypeError("The buffer of the view to read into is detached");
  if (min === 0) throw new TypeError("The option 'min' must be at least 1");
  if (min > byteLength / viewKind(view).elementSize) {
    throw new RangeError("The option 'min' is more than the view to read into holds");
  }
}

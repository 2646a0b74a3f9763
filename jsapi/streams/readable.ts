// ReadableStream as apps see it (Streams §4.2).

import { ObjectDefineProperty, PromiseReject, RangeError, SymbolAsyncIterator, TypeError } from "../core/primordials.ts";
import {
  boolean,
  defineInterface,
  dictionary,
  enumValue,
  isObject,
  requireArguments,
} from "../core/webidl.ts";
import { readableFromIterable } from "./from.ts";
import { internal } from "./internal.ts";
import { newAsyncIterator } from "./iterator.ts";
import { pipeOptions, pipeReadableTo } from "./pipe.ts";
import { cancelReadable, Readable } from "./readable-core.ts";
import { ReadableStreamBYOBReader, ReadableStreamDefaultReader } from "./readers.ts";
import { highWaterMarkOf, queuingStrategy, sizeAlgorithmOf } from "./strategies.ts";
import { teeReadable } from "./tee.ts";
import { setUpByteSource, setUpDefaultSource, underlyingSource } from "./underlying-source.ts";
import { markHandledPromise } from "./promises.ts";
import { writableOf } from "./writable.ts";

/** The slots of a value that is a ReadableStream, or undefined. */
export let readableOf: (value: unknown) => Readable | undefined;

export class ReadableStream {
  readonly #slots: Readable;

  static {
    readableOf = (value) => (isObject(value) && #slots in value ? value.#slots : undefined);
  }

  constructor(underlying: unknown = undefined, strategy: unknown = undefined) {
    if (underlying === internal) {
      this.#slots = strategy as Readable;
      this.#slots.wrapper = this;
      return;
    }
    if (underlying !== undefined && !isObject(underlying)) {
      throw new TypeError("ReadableStream: the underlying source is not an object");
    }
    const given = queuingStrategy(strategy, "ReadableStream: the strategy");
    const source = underlyingSource(underlying);
    const slots = new Readable();
    slots.wrapper = this;
    this.#slots = slots;
    if (source.bytes) {
      if (given.size !== undefined) throw new RangeError("ReadableStream: a byte stream's strategy has no 'size'");
      setUpByteSource(slots, source, highWaterMarkOf(given, 0));
    } else {
      const size = sizeAlgorithmOf(given);
      setUpDefaultSource(slots, source, highWaterMarkOf(given, 1), size);
    }
  }

  static from(asyncIterable: unknown): ReadableStream {
    requireArguments(arguments.length, 1, "ReadableStream.from");
    return wrapReadable(readableFromIterable(asyncIterable));
  }

  get locked(): boolean {
    return this.#slots.reader !== undefined;
  }

  cancel(reason: unknown = undefined): Promise<undefined> {
    try {
      const slots = this.#slots;
      if (slots.reader !== undefined) throw new TypeError("Cannot cancel a ReadableStream that is locked to a reader");
      return cancelReadable(slots, reason);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  getReader(options: unknown = undefined): ReadableStreamDefaultReader | ReadableStreamBYOBReader {
    void this.#slots; // The brand check.
    const { mode } = dictionary(options, "ReadableStream.getReader: the options");
    if (mode === undefined) return new ReadableStreamDefaultReader(this);
    enumValue(mode, ["byob"], "ReadableStream.getReader: mode");
    return new ReadableStreamBYOBReader(this);
  }

  pipeThrough(transform: unknown, options: unknown = undefined): ReadableStream {
    const slots = this.#slots;
    requireArguments(arguments.length, 1, "ReadableStream.pipeThrough");
    const pair = dictionary(transform, "ReadableStream.pipeThrough: the transform");
    const readable = pair.readable;
    if (readableOf(readable) === undefined) {
      throw new TypeError("ReadableStream.pipeThrough: the member 'readable' is not a ReadableStream");
    }
    const writable = writableOf(pair.writable);
    if (writable === undefined) {
      throw new TypeError("ReadableStream.pipeThrough: the member 'writable' is not a WritableStream");
    }
    const converted = pipeOptions(options, "ReadableStream.pipeThrough: the options");
    if (slots.reader !== undefined) throw new TypeError("Cannot pipe a ReadableStream that is locked to a reader");
    if (writable.writer !== undefined) throw new TypeError("Cannot pipe to a WritableStream that is locked to a writer");
    markHandledPromise(pipeReadableTo(slots, writable, converted));
    return readable as ReadableStream;
  }

  pipeTo(destination: unknown, options: unknown = undefined): Promise<undefined> {
    try {
      const slots = this.#slots;
      requireArguments(arguments.length, 1, "ReadableStream.pipeTo");
      const writable = writableOf(destination);
      if (writable === undefined) throw new TypeError("ReadableStream.pipeTo: the destination is not a WritableStream");
      const converted = pipeOptions(options, "ReadableStream.pipeTo: the options");
      if (slots.reader !== undefined) throw new TypeError("Cannot pipe a ReadableStream that is locked to a reader");
      if (writable.writer !== undefined) throw new TypeError("Cannot pipe to a WritableStream that is locked to a writer");
      return pipeReadableTo(slots, writable, converted);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  tee(): ReadableStream[] {
    const branches = teeReadable(this.#slots, false);
    return [wrapReadable(branches.first), wrapReadable(branches.second)];
  }

  values(options: unknown = undefined): AsyncIterator<unknown> {
    const slots = this.#slots;
    const { preventCancel } = dictionary(options, "ReadableStream.values: the options");
    return newAsyncIterator(slots, boolean(preventCancel));
  }

  declare [Symbol.asyncIterator]: ReadableStream["values"];
}

defineInterface(ReadableStream, "ReadableStream", {
  enumerable: ["locked", "cancel", "getReader", "pipeThrough", "pipeTo", "tee", "values"],
  static: ["from"],
  length: 0,
});
ObjectDefineProperty(ReadableStream.prototype, SymbolAsyncIterator, {
  __proto__: null,
  value: ReadableStream.prototype.values,
  writable: true,
  enumerable: false,
  configurable: true,
} as never);

/** The ReadableStream of slots, made when it is first asked for. */
export function wrapReadable(slots: Readable): ReadableStream {
  return (slots.wrapper ?? new ReadableStream(internal, slots)) as ReadableStream;
}

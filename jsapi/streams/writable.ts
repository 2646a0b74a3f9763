// WritableStream and WritableStreamDefaultWriter as apps see them (Streams §5.2, §5.3).

import { newDeferred, PromiseReject, ReflectApply, RangeError, TypeError } from "../core/primordials.ts";
import { defineInterface, dictionary, isObject, requireArguments } from "../core/webidl.ts";
import { type Callback, optionalCallback } from "./callbacks.ts";
import { internal } from "./internal.ts";
import { resolvedWith } from "./promises.ts";
import { highWaterMarkOf, queuingStrategy, sizeAlgorithmOf } from "./strategies.ts";
import { type Sink, WritableController, WritableStreamDefaultController } from "./writable-controller.ts";
import {
  abortWritable,
  closeWritable,
  releaseWriter,
  Writable,
  writableDesiredSize,
  writeChunk,
  Writer,
  writerReleased,
} from "./writable-core.ts";

/** The slots of a value that is a WritableStream, or undefined. */
export let writableOf: (value: unknown) => Writable | undefined;

export class WritableStream {
  readonly #slots: Writable;

  static {
    writableOf = (value) => (isObject(value) && #slots in value ? value.#slots : undefined);
  }

  constructor(underlyingSink: unknown = undefined, strategy: unknown = undefined) {
    if (underlyingSink === internal) {
      this.#slots = strategy as Writable;
      this.#slots.wrapper = this;
      return;
    }
    if (underlyingSink !== undefined && !isObject(underlyingSink)) {
      throw new TypeError("WritableStream: the underlying sink is not an object");
    }
    const given = queuingStrategy(strategy, "WritableStream: the strategy");
    const sink = new AppSink(underlyingSink);
    const slots = new Writable();
    slots.wrapper = this;
    this.#slots = slots;
    const size = sizeAlgorithmOf(given);
    const controller = new WritableController(slots, sink, highWaterMarkOf(given, 1), size);
    sink.controller = new WritableStreamDefaultController(internal, controller);
    controller.start();
  }

  get locked(): boolean {
    return this.#slots.writer !== undefined;
  }

  abort(reason: unknown = undefined): Promise<undefined> {
    try {
      const slots = this.#slots;
      if (slots.writer !== undefined) throw new TypeError("Cannot abort a WritableStream that is locked to a writer");
      return abortWritable(slots, reason);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  close(): Promise<undefined> {
    try {
      const slots = this.#slots;
      if (slots.writer !== undefined) throw new TypeError("Cannot close a WritableStream that is locked to a writer");
      if (slots.isClosing()) throw new TypeError("Cannot close a WritableStream that is closing already");
      return closeWritable(slots);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  getWriter(): WritableStreamDefaultWriter {
    void this.#slots; // The brand check.
    return new WritableStreamDefaultWriter(this);
  }
}

export class WritableStreamDefaultWriter {
  readonly #writer: Writer;

  constructor(stream: unknown) {
    requireArguments(arguments.length, 1, "WritableStreamDefaultWriter");
    const slots = writableOf(stream);
    if (slots === undefined) throw new TypeError("WritableStreamDefaultWriter: the argument is not a WritableStream");
    this.#writer = new Writer(slots);
  }

  get closed(): Promise<undefined> {
    try {
      return this.#writer.closed.get();
    } catch (error) {
      return PromiseReject(error);
    }
  }

  get desiredSize(): number | null {
    const stream = this.#writer.stream;
    if (stream === undefined) throw writerReleased();
    return writableDesiredSize(stream);
  }

  get ready(): Promise<undefined> {
    try {
      return this.#writer.ready.get();
    } catch (error) {
      return PromiseReject(error);
    }
  }

  abort(reason: unknown = undefined): Promise<undefined> {
    try {
      const stream = this.#writer.stream;
      if (stream === undefined) throw writerReleased();
      return abortWritable(stream, reason);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  close(): Promise<undefined> {
    try {
      const stream = this.#writer.stream;
      if (stream === undefined) throw writerReleased();
      if (stream.isClosing()) throw new TypeError("Cannot close a WritableStream that is closing already");
      return closeWritable(stream);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  releaseLock(): void {
    releaseWriter(this.#writer);
  }

  write(chunk: unknown = undefined): Promise<undefined> {
    try {
      const request = newDeferred<undefined>();
      writeChunk(this.#writer, chunk, request);
      return request.promise;
    } catch (error) {
      return PromiseReject(error);
    }
  }
}

defineInterface(WritableStream, "WritableStream", { enumerable: ["locked", "abort", "close", "getWriter"], length: 0 });
defineInterface(WritableStreamDefaultWriter, "WritableStreamDefaultWriter", {
  enumerable: ["closed", "desiredSize", "ready", "abort", "close", "releaseLock", "write"],
});

/** The WritableStream of slots, made when it is first asked for. */
export function wrapWritable(slots: Writable): WritableStream {
  return (slots.wrapper ?? new WritableStream(internal, slots)) as WritableStream;
}

/** The algorithms of an underlying sink: its callbacks, given the controller that apps see (§5.5.4). */
class AppSink implements Sink {
  controller: unknown = undefined;
  private readonly onAbort: Callback | undefined;
  private readonly onClose: Callback | undefined;
  private readonly onStart: Callback | undefined;
  readonly write: ((chunk: unknown) => unknown) | undefined;

  /** Converts the dictionary UnderlyingSink, member by member in its order. */
  constructor(private readonly object: unknown) {
    const what = "WritableStream: the underlying sink";
    const given = dictionary(object, what);
    this.onAbort = optionalCallback(given.abort, what, "abort");
    this.onClose = optionalCallback(given.close, what, "close");
    this.onStart = optionalCallback(given.start, what, "start");
    const type = given.type;
    const write = optionalCallback(given.write, what, "write");
    if (type !== undefined) throw new RangeError("WritableStream: the underlying sink must have no 'type'");
    this.write = write === undefined ? undefined : (chunk) => ReflectApply(write, object, [chunk, this.controller]);
  }

  start(): unknown {
    return this.onStart === undefined ? undefined : ReflectApply(this.onStart, this.object, [this.controller]);
  }

  close(): unknown {
    return this.onClose === undefined ? undefined : resolvedWith(ReflectApply(this.onClose, this.object, []));
  }

  abort(reason: unknown): unknown {
    return this.onAbort === undefined ? undefined : resolvedWith(ReflectApply(this.onAbort, this.object, [reason]));
  }
}

// CompressionStream and DecompressionStream: https://compression.spec.whatwg.org/
// The host computes. What is written is a body that goes there, and what is read one that comes from there; both are
// pulled, so that a bomb is unpacked only as far as somebody reads.

import { readWord, writeText, writeWord } from "../../frame/frame.ts";
import { type ByteSink, HostBody, sendBody, startBody } from "../../worker/bodies.ts";
import { makeError } from "../../worker/errors.ts";
import { startOp } from "../../worker/ops.ts";
import { PushedBytes } from "../../worker/pushed.ts";
import { type Deferred, newDeferred, TypedArrayPrototypeGetLength, TypedArrayPrototypeSlice, uncurryGetter } from "../core/primordials.ts";
import { bufferSource, defineInterface, enumValue, illegalInvocation, requireArguments } from "../core/webidl.ts";
import {
  createTransformStream,
  markHandledPromise,
  type ReadableStream,
  type Transform,
  type Transformer,
  TransformStream,
  type WritableStream,
} from "../streams/index.ts";

/** The number of the op, which compression.go knows too. */
const convertOp = 26;

const enum Direction {
  Compress = 0,
  Decompress = 1,
}

const formats = ["brotli", "deflate", "deflate-raw", "gzip", "zstd"] as const;

const readableOf = uncurryGetter<ReadableStream>(TransformStream.prototype, "readable");
const writableOf = uncurryGetter<WritableStream>(TransformStream.prototype, "writable");

/** A transformer that is at work in the host. */
class Converter implements Transformer, ByteSink {
  readonly #direction: Direction;
  readonly #format: string;
  readonly #input = new PushedBytes();
  #output: HostBody | null = null;
  #controller: Transform | null = null;
  #started = false;
  /** Somebody wants output, and there is none yet. */
  #wanted = false;
  #reading = false;
  #ending: Deferred<undefined> | null = null;
  #failure: { reason: unknown } | null = null;

  constructor(direction: Direction, format: string) {
    this.#direction = direction;
    this.#format = format;
  }

  transform(chunk: unknown, controller: Transform): Promise<undefined> | undefined {
    const bytes = bufferSource(chunk, "The chunk");
    this.#start(controller);
    if (this.#failure !== null) throw this.#failure.reason;
    if (TypedArrayPrototypeGetLength(bytes) === 0) return undefined;
    return this.#input.push(TypedArrayPrototypeSlice(bytes));
  }

  flush(controller: Transform): Promise<undefined> {
    this.#start(controller);
    const ending = (this.#ending = newDeferred<undefined>());
    if (this.#failure !== null) ending.reject(this.#failure.reason);
    this.#input.end();
    this.#wanted = true; // Errors and the end are to be seen even if nobody reads.
    this.#read();
    return ending.promise;
  }

  cancel(reason: unknown): void {
    if (!this.#started) return;
    this.#input.fail(reason);
    if (this.#output !== null) this.#output.cancel();
  }

  pulled(): void {
    this.#wanted = true;
    this.#read();
  }

  abandoned(): void {
    if (this.#output !== null) this.#output.cancel();
    this.end();
  }

  #start(controller: Transform): void {
    if (this.#started) return;
    this.#started = true;
    this.#controller = controller;
    const body = sendBody(this.#input, 0, () => {});
    const write = (): void => {
      writeText(this.#format);
      writeWord(this.#direction);
      writeWord(body);
    };
    startOp(convertOp, write, {
      done: () => {
        this.#output = new HostBody(readWord());
        this.#read();
      },
      failed: (name, message) => this.error(makeError(name, message)),
    });
    startBody(body);
  }

  #read(): void {
    if (this.#output === null || this.#reading || !this.#wanted) return;
    this.#reading = true;
    this.#output.read(this);
  }

  // ── what a read of the output gives ──

  chunk(bytes: Uint8Array): void {
    this.#reading = false;
    this.#wanted = false;
    this.#controller!.enqueue(bytes);
    if (this.#controller!.isWanting()) this.pulled();
  }

  end(): void {
    this.#reading = false;
    if (this.#ending !== null) this.#ending.resolve(undefined);
  }

  error(reason: unknown): void {
    this.#reading = false;
    this.#failure = { reason };
    if (this.#ending !== null) {
      markHandledPromise(this.#ending.promise);
      this.#ending.reject(reason);
    }
    this.#input.cancel();
    this.#controller!.error(reason);
  }
}

export class CompressionStream {
  #transform: TransformStream;

  constructor(format: unknown) {
    requireArguments(arguments.length, 1, "CompressionStream");
    const name = enumValue(format, formats, "CompressionStream: the format");
    this.#transform = createTransformStream(new Converter(Direction.Compress, name));
  }

  get readable(): ReadableStream {
    if (!(#transform in this)) illegalInvocation();
    return readableOf(this.#transform);
  }

  get writable(): WritableStream {
    if (!(#transform in this)) illegalInvocation();
    return writableOf(this.#transform);
  }
}

export class DecompressionStream {
  #transform: TransformStream;

  constructor(format: unknown) {
    requireArguments(arguments.length, 1, "DecompressionStream");
    const name = enumValue(format, formats, "DecompressionStream: the format");
    this.#transform = createTransformStream(new Converter(Direction.Decompress, name));
  }

  get readable(): ReadableStream {
    if (!(#transform in this)) illegalInvocation();
    return readableOf(this.#transform);
  }

  get writable(): WritableStream {
    if (!(#transform in this)) illegalInvocation();
    return writableOf(this.#transform);
  }
}

defineInterface(CompressionStream, "CompressionStream", { enumerable: ["readable", "writable"] });
defineInterface(DecompressionStream, "DecompressionStream", { enumerable: ["readable", "writable"] });

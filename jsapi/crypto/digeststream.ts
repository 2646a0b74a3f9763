// DigestStream, of Workers: a writable stream that ends in a digest of what was written. The host computes as bytes come.

import { readBytes, readWord, writeText, writeWord } from "../../frame/frame.ts";
import { sendBody, startBody } from "../../worker/bodies.ts";
import { makeError } from "../../worker/errors.ts";
import { startOp } from "../../worker/ops.ts";
import { PushedBytes } from "../../worker/pushed.ts";
import { BigInt, type Deferred, newDeferred, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeSlice } from "../core/primordials.ts";
import { bufferSource, defineInterface, illegalInvocation, requireArguments } from "../core/webidl.ts";
import { markHandledPromise, WritableStream } from "../streams/index.ts";
import { hashName } from "./algorithms.ts";
import { Op } from "./host.ts";

const { utf8Encode } = __host;

/** A digest that is being computed. */
class Computation {
  readonly digest: Deferred<ArrayBuffer> = newDeferred();
  written = 0;
  readonly #hash: string;
  readonly #input = new PushedBytes();
  #started = false;

  constructor(hash: string) {
    this.#hash = hash;
    markHandledPromise(this.digest.promise);
  }

  write(chunk: unknown): Promise<undefined> | undefined {
    const bytes = typeof chunk === "string" ? utf8Encode(chunk) : TypedArrayPrototypeSlice(bufferSource(chunk, "The chunk"));
    this.#start();
    this.written += TypedArrayPrototypeGetByteLength(bytes);
    return this.#input.push(bytes);
  }

  close(): void {
    this.#start();
    this.#input.end();
  }

  abort(reason: unknown): void {
    if (this.#started) this.#input.fail(reason);
    this.digest.reject(reason);
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    const body = sendBody(this.#input, 0, () => {});
    const write = (): void => {
      writeText(this.#hash);
      writeWord(body);
    };
    startOp(Op.DigestStream, write, {
      done: () => {
        readWord(); // The number of results: one.
        this.digest.resolve(TypedArrayPrototypeGetBuffer(readBytes()));
      },
      failed: (name, message) => this.digest.reject(makeError(name, message)),
    });
    startBody(body);
  }
}

export class DigestStream extends WritableStream {
  #computation: Computation;

  constructor(algorithm: unknown) {
    requireArguments(arguments.length, 1, "DigestStream");
    const computation = new Computation(hashName(algorithm));
    super({
      __proto__: null,
      write: (chunk: unknown) => computation.write(chunk),
      close: () => computation.close(),
      abort: (reason: unknown) => computation.abort(reason),
    });
    this.#computation = computation;
  }

  /** Fulfilled with the digest once the stream has been closed. */
  get digest(): Promise<ArrayBuffer> {
    if (!(#computation in this)) illegalInvocation();
    return this.#computation.digest.promise;
  }

  get bytesWritten(): bigint {
    if (!(#computation in this)) illegalInvocation();
    return BigInt(this.#computation.written);
  }
}

defineInterface(DigestStream, "DigestStream", { enumerable: ["digest", "bytesWritten"] });

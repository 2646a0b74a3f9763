// Bytes that are handed to the host one chunk at a time, each when the host takes it.
import { type Deferred, newDeferred } from "../jsapi/core/primordials.ts";
import type { ByteSink, ByteSource } from "./bodies.ts";

export class PushedBytes implements ByteSource {
  #sink: ByteSink | null = null;
  #chunk: Uint8Array | null = null;
  #taken: Deferred<undefined> | null = null;
  #ended = false;
  #failed = false;
  #reason: unknown;

  /** Hands a chunk over, the one before having been taken. The promise is fulfilled when it has been, or nobody wants it. */
  push(chunk: Uint8Array): Promise<undefined> | undefined {
    if (this.#ended) return undefined;
    const sink = this.#sink;
    if (sink !== null) {
      this.#sink = null;
      sink.chunk(chunk);
      return undefined;
    }
    this.#chunk = chunk;
    this.#taken = newDeferred();
    return this.#taken.promise;
  }

  /** Nothing will follow. */
  end(): void {
    this.#ended = true;
    this.#give();
  }

  /** Nothing will follow, for a reason. */
  fail(reason: unknown): void {
    this.#failed = true;
    this.#reason = reason;
    this.end();
  }

  read(sink: ByteSink): void {
    this.#sink = sink;
    this.#give();
  }

  cancel(): void {
    this.#ended = true;
    this.#chunk = null;
    this.#resolve();
  }

  #give(): void {
    const sink = this.#sink;
    if (sink === null) return;
    const chunk = this.#chunk;
    if (chunk !== null) {
      this.#sink = null;
      this.#chunk = null;
      this.#resolve();
      sink.chunk(chunk);
    } else if (this.#ended) {
      this.#sink = null;
      if (this.#failed) sink.error(this.#reason);
      else sink.end();
    }
  }

  #resolve(): void {
    const taken = this.#taken;
    this.#taken = null;
    if (taken !== null) taken.resolve(undefined);
  }
}

// What the features of this folder ask of the host: the ops of cache.go, and how values travel in them.
import { BodyKind, readBytes, readWord, writeWord } from "../../frame/frame.ts";
import { type ByteSink, type ByteSource, HostBody, sendBody } from "../../worker/bodies.ts";
import { makeError } from "../../worker/errors.ts";
import { startOp } from "../../worker/ops.ts";
import { isBlob } from "../blob/index.ts";
import { JSONStringify, TypedArrayPrototypeGetByteLength, TypeError, Uint8Array, newDeferred } from "../core/primordials.ts";
import { USVString, isBufferSource, isObject } from "../core/webidl.ts";
import { Body, BytesSource, StreamSource, extractBody } from "../fetch/body.ts";
import { writeInline } from "../fetch/fetch.ts";
import { isRequest } from "../fetch/request.ts";
import { isResponse } from "../fetch/response.ts";
import { shown } from "../fetch/steering.ts";
import { isReadableStream } from "../streams/index.ts";

const { utf8Encode } = __host;

/** The numbers of the ops, which cache.go knows too. */
export const enum Op {
  Get = 64,
  Set = 65,
  Touch = 66,
  Delete = 67,
  Increment = 68,
  Purge = 69,
  Claim = 70,
  Settle = 71,
  Fail = 72,
  Match = 73,
  Put = 74,
  Remove = 75,
  Clear = 76,
}

/** What a value is. 0 stands for none. */
export const enum Kind {
  JSON = 1,
  Bytes = 2,
}

/** How long a value may be, in bytes, that goes with the op; a longer one streams, so that the host need not hold it. */
const inlineBytes = 64 << 10;

/** Starts an op. read takes its result from the frame; watched is a source whose failure is the op's. */
export function ask<T>(op: Op, write: () => void, read: () => T, watched: Watched | null = null): Promise<T> {
  const answer = newDeferred<T>();
  startOp(op, write, {
    done: () => answer.resolve(read()),
    failed: (name, message) => answer.reject(watched !== null && watched.failed ? watched.reason : makeError(name, message)),
  });
  return answer.promise;
}

export function readBoolean(): boolean {
  return readWord() === 1;
}

/** A value as it comes from the host: nothing has been read of it. */
export interface Stored {
  readonly kind: Kind;
  readonly body: Body;
}

export function readStored(): Stored | null {
  const kind: Kind = readWord();
  const body = readWord();
  const inline = readBytes();
  return (kind as number) === 0 ? null : ({ __proto__: null, kind, body: new Body(body === 0 ? inline : new HostBody(body), null) } as never);
}

/** A source that remembers how it failed. */
export class Watched implements ByteSource {
  failed = false;
  reason: unknown;
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  read(sink: ByteSink): void {
    this.#source.read({
      chunk: (bytes) => sink.chunk(bytes),
      end: () => sink.end(),
      error: (reason) => {
        this.failed = true;
        this.reason = reason;
        sink.error(reason);
      },
    });
  }

  cancel(reason: unknown): Promise<unknown> | void {
    return this.#source.cancel(reason);
  }
}

/** A value on its way to the host. */
export class Content {
  readonly kind: Kind;
  /** Null if it streams. */
  readonly inline: string | Uint8Array | null;
  readonly watched: Watched | null;
  readonly #host: HostBody | null;

  constructor(kind: Kind, source: string | Uint8Array | HostBody | ByteSource) {
    this.kind = kind;
    let from = source;
    if (typeof from === "string" && from.length > inlineBytes / 3) from = utf8Encode(from);
    if (from instanceof Uint8Array && TypedArrayPrototypeGetByteLength(from) > inlineBytes) from = new BytesSource(from);
    const whole = typeof from === "string" || from instanceof Uint8Array;
    this.inline = whole ? (from as string | Uint8Array) : null;
    this.#host = from instanceof HostBody ? from : null;
    this.watched = whole || this.#host !== null ? null : new Watched(from as ByteSource);
  }

  write(): void {
    writeWord(this.kind);
    if (this.inline !== null) {
      writeWord(BodyKind.Inline);
      writeWord(0);
    } else if (this.#host !== null) {
      writeWord(BodyKind.Host);
      writeWord(this.#host.take());
    } else {
      writeWord(BodyKind.Isolate);
      writeWord(sendBody(this.watched!, 0, () => {}));
    }
    writeInline(this.inline);
  }
}

/** What code gives as a value, as it goes to the host. */
export function toContent(value: unknown, what: string): Content {
  if (isReadableStream(value) || isBufferSource(value) || isBlob(value)) {
    const { source, stream } = extractBody(value).body.take();
    return new Content(Kind.Bytes, stream === null ? source! : new StreamSource(stream));
  }
  if (isResponse(value) || isRequest(value)) throw new TypeError(`${what} is not to be a ${isResponse(value) ? "Response" : "Request"}: give its body, or what has been read of it`);
  if (isObject(value) && typeof (value as { then?: unknown }).then === "function") throw new TypeError(`${what} is a promise: await it`);
  const text = JSONStringify(value);
  if (text === undefined) throw new TypeError(`${what} cannot be written as JSON, and is neither bytes nor a stream: ${shown(value)}`);
  return new Content(Kind.JSON, USVString(text));
}


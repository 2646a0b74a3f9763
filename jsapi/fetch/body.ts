// Bodies (Fetch §2.2.4, §5.3): what Request and Response have in common. A body
// stays what it was made from (text, bytes, a body of the host's) until somebody
// asks for its stream, so that the usual ways through never make one.
import { HostBody, type ByteSink, type ByteSource } from "../../worker/bodies.ts";
import { blobBytesSync, blobType, encodeMultipart, isBlob, isFormData, newBlob, parseMultipart } from "../blob/index.ts";
import { FormData, appendEntry } from "../blob/formdata.ts";
import {
  ArrayBufferPrototypeGetByteLength,
  JSONParse,
  PromisePrototypeThen,
  PromiseReject,
  PromiseResolve,
  TypeError,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetTag,
  TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice,
  Uint8Array,
  newDeferred,
} from "../core/primordials.ts";
import { USVString, bufferSource, isBufferSource } from "../core/webidl.ts";
import {
  acquireReader,
  cancelReader,
  cloneAsUint8Array,
  close,
  createReadableByteStream,
  enqueue,
  error,
  hostBody,
  isDisturbed,
  isLocked,
  isReadableStream,
  readInto,
  setHostBody,
  takeHostBody,
  teeStream,
  type ReadableController,
  type Reader,
} from "../streams/index.ts";
import type { ReadableStream } from "../streams/readable.ts";
import { parseURLEncoded, searchParamsPairs, serializeURLEncoded } from "../url/index.ts";
import { URLSearchParams } from "../url/searchparams.ts";
import { extractMIMEType, serializeMIMEType } from "./mime.ts";

const { utf8Decode, utf8Encode } = __host;

type Bytes = Uint8Array<ArrayBuffer>;
/** What a body is made from, as long as it is not a stream. */
type Source = string | Bytes | HostBody;

/** A body. It is used up by reading it, or by giving it away. */
export class Body {
  #source: Source | null;
  #stream: ReadableStream | null;
  #used = false;

  constructor(source: Source | null, stream: ReadableStream | null) {
    this.#source = source;
    this.#stream = stream;
  }

  /** Whether it was read, or given away. */
  get used(): boolean {
    return this.#used || (this.#stream !== null && isDisturbed(this.#stream));
  }

  /** Whether it can be neither read nor given away. */
  get unusable(): boolean {
    return this.used || (this.#stream !== null && isLocked(this.#stream));
  }

  /** Whether the content was given as a stream. */
  get isStream(): boolean {
    return this.#stream !== null;
  }

  /** The stream that an app sees. */
  get stream(): ReadableStream {
    if (this.#stream === null) {
      this.#stream = this.#used ? usedUpStream() : streamOf(this.#source!);
      this.#source = null;
    }
    return this.#stream;
  }

  /** Uses the body up. A source that is still whole is returned as it is; otherwise there is a stream. */
  take(): { source: Source | null; stream: ReadableStream | null } {
    this.#used = true;
    if (this.#stream === null) {
      const source = this.#source;
      this.#source = null;
      return { source, stream: null };
    }
    const host = takeHostBody(this.#stream) as HostBody | undefined;
    return host === undefined ? { source: null, stream: this.#stream } : { source: host, stream: null };
  }

  /** The same content for another owner; this body is used up. */
  move(): Body {
    if (this.#stream !== null && hostBody(this.#stream) === undefined) {
      this.#used = true;
      return new Body(null, streamFrom(new StreamSource(this.#stream)));
    }
    return new Body(this.take().source, null);
  }

  /** Uses the body up without reading it; a stream's source gets to know why. */
  cancel(reason: unknown): void {
    const { source, stream } = this.take();
    if (stream !== null) new StreamSource(stream).cancel(reason);
    else if (source instanceof HostBody) source.cancel();
  }

  /** Fetch "clone a body": the same content twice. */
  clone(): Body {
    if (this.#stream === null && (typeof this.#source === "string" || !(this.#source instanceof HostBody))) {
      // Whoever reads bytes may write to them.
      return new Body(typeof this.#source === "string" ? this.#source : TypedArrayPrototypeSlice(this.#source!), null);
    }
    const branches = teeStream(this.stream, true);
    this.#stream = branches[0];
    return new Body(null, branches[1]);
  }
}

/**
 * A stream's chunks as a ByteSource. Chunks that are no bytes fail it. They are copied: who wrote
 * one to the stream may write to its memory again as soon as it has been read.
 */
export class StreamSource implements ByteSource {
  #reader: Reader;

  constructor(stream: ReadableStream) {
    this.#reader = acquireReader(stream);
  }

  read(sink: ByteSink): void {
    readInto(this.#reader, {
      chunk: (value) => {
        let bytes: Uint8Array;
        try {
          bytes = copyOf(value);
        } catch (reason) { // which nobody would hear of who waits for the stream
          this.cancel(reason);
          sink.error(reason);
          return;
        }
        sink.chunk(bytes);
      },
      close: () => sink.end(),
      error: (reason) => sink.error(reason),
    });
  }

  cancel(reason: unknown): Promise<unknown> {
    return PromisePrototypeThen(cancelReader(this.#reader, reason), undefined, () => {});
  }
}

/** Throws a RangeError when there is no memory for it. */
function copyOf(chunk: unknown): Uint8Array {
  if (typedArrayTag(chunk) === "Uint8Array") return cloneAsUint8Array(chunk as Uint8Array);
  throw new TypeError("A body's stream must give Uint8Arrays; encode text with a TextEncoder");
}

function typedArrayTag(value: unknown): string | undefined {
  return typeof value === "object" && value !== null ? TypedArrayPrototypeGetTag(value) : undefined;
}

/** One piece of content as a ByteSource. */
export class BytesSource implements ByteSource {
  #bytes: Uint8Array | null;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(sink: ByteSink): void {
    const bytes = this.#bytes;
    this.#bytes = null;
    if (bytes === null || TypedArrayPrototypeGetByteLength(bytes) === 0) sink.end();
    else sink.chunk(bytes);
  }

  cancel(): void {
    this.#bytes = null;
  }
}

/** A stream over a ByteSource, which is not read before the stream is. */
function streamFrom(source: ByteSource): ReadableStream {
  return createReadableByteStream({
    __proto__: null,
    pull(controller: ReadableController): Promise<void> {
      const done = newDeferred<void>();
      source.read({
        chunk(bytes) {
          enqueue(controller, bytes);
          done.resolve();
        },
        end() {
          close(controller);
          done.resolve();
        },
        error(reason) {
          error(controller, reason);
          done.resolve();
        },
      });
      return done.promise;
    },
    cancel(reason: unknown): void {
      source.cancel(reason);
    },
  } as never);
}

function streamOf(source: Source): ReadableStream {
  if (typeof source === "string") return streamFrom(new BytesSource(utf8Encode(source)));
  if (!(source instanceof HostBody)) return streamFrom(new BytesSource(source));
  const stream = streamFrom(source);
  setHostBody(stream, source);
  return stream;
}

/** The stream of a body that was read without one: it is locked, disturbed, and empty. */
function usedUpStream(): ReadableStream {
  const stream = createReadableByteStream({ __proto__: null } as never);
  new StreamSource(stream).cancel(undefined);
  return stream;
}

/** Fetch "extract a body": the body of a BodyInit, and the Content-Type it implies. */
export function extractBody(init: unknown): { body: Body; type: string | null } {
  if (typeof init === "string") {
    return { body: new Body(USVString(init), null), type: "text/plain;charset=UTF-8" };
  }
  if (isReadableStream(init)) {
    if (isDisturbed(init) || isLocked(init)) throw new TypeError("The stream is locked, or was read from before");
    return { body: new Body(null, init), type: null };
  }
  if (isBlob(init)) return { body: new Body(blobBytesSync(init), null), type: blobType(init) || null };
  if (isBufferSource(init)) return { body: new Body(TypedArrayPrototypeSlice(bufferSource(init)), null), type: null };
  if (isFormData(init)) {
    const { contentType, body } = encodeMultipart(init);
    return { body: new Body(blobBytesSync(body), null), type: contentType };
  }
  if (init instanceof URLSearchParams) {
    return { body: new Body(serializeURLEncoded(searchParamsPairs(init)), null), type: "application/x-www-form-urlencoded;charset=UTF-8" };
  }
  return { body: new Body(USVString(init), null), type: "text/plain;charset=UTF-8" };
}

// ── consuming ──

/** What a body's content is turned into. */
export type Conversion<T> = (bytes: Bytes) => T;

/**
 * Collects what a source gives into one piece, and converts it. Nothing but the
 * result passes through a promise, which would look for a `then` in what it gets.
 */
class Collector<T> implements ByteSink {
  #source: ByteSource;
  #convert: Conversion<T>;
  #parts: Uint8Array[] = [];
  #length = 0;
  #done = newDeferred<T>();
  #ended = false;
  #answered = false;
  #waiting = false;

  constructor(source: ByteSource, convert: Conversion<T>) {
    this.#source = source;
    this.#convert = convert;
  }

  collect(): Promise<T> {
    this.#pump();
    return this.#done.promise;
  }

  // A source may answer at once, so this goes round instead of recursing.
  #pump(): void {
    do {
      this.#answered = false;
      this.#source.read(this);
    } while (this.#answered && !this.#ended);
    this.#waiting = true;
  }

  chunk(bytes: Uint8Array): void {
    this.#parts[this.#parts.length] = bytes;
    this.#length += TypedArrayPrototypeGetByteLength(bytes);
    this.#answered = true;
    if (this.#waiting) {
      this.#waiting = false;
      this.#pump();
    }
  }

  end(): void {
    this.#ended = true;
    try {
      this.#done.resolve(this.#convert(this.#whole()));
    } catch (reason) {
      this.#done.reject(reason);
    }
  }

  #whole(): Bytes {
    if (this.#parts.length === 1) return this.#parts[0] as Bytes;
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (let i = 0; i < this.#parts.length; i++) {
      TypedArrayPrototypeSet(whole, this.#parts[i]!, at);
      at += TypedArrayPrototypeGetByteLength(this.#parts[i]!);
    }
    return whole;
  }

  error(reason: unknown): void {
    this.#ended = true;
    this.#done.reject(reason);
  }
}

/** Fetch "consume body". */
export function consume<T>(body: Body | null, convert: Conversion<T>): Promise<T> {
  if (body === null) return attempt(() => convert(new Uint8Array(0)));
  if (body.unusable) return PromiseReject(new TypeError("The body was read before, or is being read"));
  const { source, stream } = body.take();
  if (typeof source === "string") return attempt(() => convert(utf8Encode(source)));
  if (stream === null && !(source instanceof HostBody)) return attempt(() => convert(source!));
  return new Collector(stream === null ? (source as HostBody) : new StreamSource(stream), convert).collect();
}

function attempt<T>(fn: () => T): Promise<T> {
  try {
    return PromiseResolve(fn()) as Promise<T>;
  } catch (reason) {
    return PromiseReject(reason);
  }
}

/** UTF-8 decode: without a byte order mark. */
export function toText(bytes: Bytes): string {
  const start = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return utf8Decode(bytes, start, bytes.length);
}

export function toJSON(bytes: Bytes): unknown {
  return JSONParse(toText(bytes));
}

/** The bytes as an ArrayBuffer of their own. */
export function toArrayBuffer(bytes: Bytes): ArrayBuffer {
  const owned = toOwnBytes(bytes);
  return TypedArrayPrototypeGetBuffer(owned);
}

export function toOwnBytes(bytes: Bytes): Bytes {
  const buffer = TypedArrayPrototypeGetBuffer(bytes);
  const whole = TypedArrayPrototypeGetByteOffset(bytes) === 0 && ArrayBufferPrototypeGetByteLength(buffer) === TypedArrayPrototypeGetByteLength(bytes);
  return whole ? bytes : TypedArrayPrototypeSlice(bytes);
}

/** A Blob with the MIME type that a body's Content-Type says. */
export function toBlob(contentType: string | null): Conversion<unknown> {
  const type = extractMIMEType(contentType);
  return (bytes) => newBlob([bytes], type === null ? "" : serializeMIMEType(type));
}

/** The form that a body of this Content-Type holds. */
export function toFormData(contentType: string | null): Conversion<FormData> {
  const type = extractMIMEType(contentType);
  return (bytes) => {
    if (type?.essence === "multipart/form-data") {
      const boundary = type.parameters.get("boundary");
      if (boundary === undefined) throw new TypeError("The Content-Type of the form has no boundary");
      return parseMultipart(bytes, boundary);
    }
    if (type?.essence !== "application/x-www-form-urlencoded") {
      throw new TypeError("The body is no form: its Content-Type is neither multipart/form-data nor application/x-www-form-urlencoded");
    }
    const form = new FormData();
    const pairs = parseURLEncoded(utf8Decode(bytes, 0, bytes.length));
    for (let i = 0; i < pairs.length; i++) appendEntry(form, pairs[i]![0], pairs[i]![1]);
    return form;
  };
}

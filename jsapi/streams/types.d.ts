// The globals of this folder, as apps see them.

/** How much a stream queues before it asks its source to wait. */
interface QueuingStrategy<T = any> {
  /** The total size at which the queue is full. */
  highWaterMark?: number;
  /** The size of a chunk; 1, if absent. */
  size?: (chunk: T) => number;
}

interface QueuingStrategyInit {
  highWaterMark: number;
}

/** Chunks count their byteLength. */
declare class ByteLengthQueuingStrategy implements QueuingStrategy<ArrayBufferView> {
  constructor(init: QueuingStrategyInit);
  readonly highWaterMark: number;
  readonly size: (chunk: ArrayBufferView) => number;
}

/** Every chunk counts 1. */
declare class CountQueuingStrategy implements QueuingStrategy {
  constructor(init: QueuingStrategyInit);
  readonly highWaterMark: number;
  readonly size: (chunk?: any) => 1;
}

/** Where the chunks of a ReadableStream come from. */
interface UnderlyingDefaultSource<R = any> {
  type?: undefined;
  /** Called by the constructor. */
  start?(controller: ReadableStreamDefaultController<R>): any;
  /** Called when the stream wants chunks, and not again before its promise is fulfilled. */
  pull?(controller: ReadableStreamDefaultController<R>): void | PromiseLike<void>;
  /** Called when nobody wants chunks any more. */
  cancel?(reason?: any): void | PromiseLike<void>;
}

/** Where the bytes of a readable byte stream come from. */
interface UnderlyingByteSource {
  type: "bytes";
  /** Makes reads without a view of the reader's own bring one of this many bytes. */
  autoAllocateChunkSize?: number;
  start?(controller: ReadableByteStreamController): any;
  pull?(controller: ReadableByteStreamController): void | PromiseLike<void>;
  cancel?(reason?: any): void | PromiseLike<void>;
}

type ReadableStreamReadResult<T> = { done: false; value: T } | { done: true; value: T | undefined };

interface StreamPipeOptions {
  /** Leaves the destination open when the source closes. */
  preventClose?: boolean;
  /** Leaves the destination alone when the source fails. */
  preventAbort?: boolean;
  /** Leaves the source alone when the destination closes or fails. */
  preventCancel?: boolean;
  /** Ends the pipe when it is aborted. */
  signal?: AbortSignal;
}

interface ReadableWritablePair<R = any, W = any> {
  readable: ReadableStream<R>;
  writable: WritableStream<W>;
}

interface ReadableStreamAsyncIterator<T> extends AsyncIterableIterator<T> {
  return(value?: any): Promise<IteratorResult<T, any>>;
}

/** Chunks that arrive over time. https://streams.spec.whatwg.org/#rs-class */
declare class ReadableStream<R = any> {
  constructor(source: UnderlyingByteSource, strategy?: { highWaterMark?: number });
  constructor(source?: UnderlyingDefaultSource<R>, strategy?: QueuingStrategy<R>);
  /** A stream of what an iterable, synchronous or asynchronous, gives. */
  static from<T>(iterable: Iterable<T | PromiseLike<T>> | AsyncIterable<T>): ReadableStream<T>;
  /** Whether the stream has a reader. */
  readonly locked: boolean;
  /** Tells the source that nobody wants the chunks, and drops those which are queued. */
  cancel(reason?: any): Promise<undefined>;
  /** Locks the stream to a reader that reads into views of the caller's own. */
  getReader(options: { mode: "byob" }): ReadableStreamBYOBReader;
  /** Locks the stream to a reader. */
  getReader(options?: { mode?: undefined }): ReadableStreamDefaultReader<R>;
  /** Pipes into a transform, and gives its other side. */
  pipeThrough<T>(transform: ReadableWritablePair<T, R>, options?: StreamPipeOptions): ReadableStream<T>;
  /** Writes all chunks to a destination. The promise is fulfilled when that is closed. */
  pipeTo(destination: WritableStream<R>, options?: StreamPipeOptions): Promise<undefined>;
  /** Two streams of the same chunks. Chunks are kept for the slower one. */
  tee(): [ReadableStream<R>, ReadableStream<R>];
  values(options?: { preventCancel?: boolean }): ReadableStreamAsyncIterator<R>;
  [Symbol.asyncIterator](options?: { preventCancel?: boolean }): ReadableStreamAsyncIterator<R>;
}

/** Reads chunks. */
declare class ReadableStreamDefaultReader<R = any> {
  constructor(stream: ReadableStream<R>);
  /** Fulfilled when the stream closes, rejected when it fails or the lock is released. */
  readonly closed: Promise<undefined>;
  cancel(reason?: any): Promise<undefined>;
  read(): Promise<ReadableStreamReadResult<R>>;
  releaseLock(): void;
}

/** Reads bytes into memory that the caller brings. */
declare class ReadableStreamBYOBReader {
  constructor(stream: ReadableStream<Uint8Array>);
  readonly closed: Promise<undefined>;
  cancel(reason?: any): Promise<undefined>;
  /** Fills the view, whose buffer is taken away; the value is a view of it. At least min elements are read, by default 1. */
  read<T extends ArrayBufferView>(view: T, options?: { min?: number }): Promise<ReadableStreamReadResult<T>>;
  releaseLock(): void;
}

declare class ReadableStreamDefaultController<R = any> {
  private constructor();
  /** The room that is left in the queue, perhaps negative; null when the stream has failed. */
  readonly desiredSize: number | null;
  /** Ends the stream after what is queued. */
  close(): void;
  enqueue(chunk?: R): void;
  error(e?: any): void;
}

declare class ReadableByteStreamController {
  private constructor();
  /** The memory that a reader wants filled, or null. */
  readonly byobRequest: ReadableStreamBYOBRequest | null;
  readonly desiredSize: number | null;
  close(): void;
  /** Adds the bytes of a view, whose buffer is taken away. */
  enqueue(chunk: ArrayBufferView): void;
  error(e?: any): void;
}

declare class ReadableStreamBYOBRequest {
  private constructor();
  /** Where to write; null once the request has been answered. */
  readonly view: Uint8Array<ArrayBuffer> | null;
  /** Tells that so many bytes were written to the view. */
  respond(bytesWritten: number): void;
  /** Answers with a view of the same memory, after its buffer was transferred. */
  respondWithNewView(view: ArrayBufferView): void;
}

/** Where the chunks of a WritableStream go. */
interface UnderlyingSink<W = any> {
  type?: undefined;
  /** Called by the constructor. */
  start?(controller: WritableStreamDefaultController): any;
  /** Called with one chunk at a time. */
  write?(chunk: W, controller: WritableStreamDefaultController): void | PromiseLike<void>;
  /** Called after the last write. */
  close?(): void | PromiseLike<void>;
  /** Called when the stream is to end without what is queued. */
  abort?(reason?: any): void | PromiseLike<void>;
}

/** A destination of chunks. https://streams.spec.whatwg.org/#ws-class */
declare class WritableStream<W = any> {
  constructor(sink?: UnderlyingSink<W>, strategy?: QueuingStrategy<W>);
  /** Whether the stream has a writer. */
  readonly locked: boolean;
  abort(reason?: any): Promise<undefined>;
  close(): Promise<undefined>;
  /** Locks the stream to a writer. */
  getWriter(): WritableStreamDefaultWriter<W>;
}

declare class WritableStreamDefaultWriter<W = any> {
  constructor(stream: WritableStream<W>);
  readonly closed: Promise<undefined>;
  /** The room that is left in the queue, perhaps negative; null when the stream has failed. */
  readonly desiredSize: number | null;
  /** Fulfilled while there is room in the queue. */
  readonly ready: Promise<undefined>;
  abort(reason?: any): Promise<undefined>;
  close(): Promise<undefined>;
  releaseLock(): void;
  /** Fulfilled when the sink is done with the chunk. */
  write(chunk?: W): Promise<undefined>;
}

declare class WritableStreamDefaultController {
  private constructor();
  /** Aborted when the stream is. */
  readonly signal: AbortSignal;
  error(e?: any): void;
}

/** What becomes of the chunks of a TransformStream. */
interface Transformer<I = any, O = any> {
  readableType?: undefined;
  writableType?: undefined;
  start?(controller: TransformStreamDefaultController<O>): any;
  /** Called with one chunk at a time; without it, chunks pass unchanged. */
  transform?(chunk: I, controller: TransformStreamDefaultController<O>): void | PromiseLike<void>;
  /** Called after the last chunk. */
  flush?(controller: TransformStreamDefaultController<O>): void | PromiseLike<void>;
  /** Called when the readable side is cancelled or the writable side aborted. */
  cancel?(reason?: any): void | PromiseLike<void>;
}

/** A writable side whose chunks come out, changed, of a readable side. https://streams.spec.whatwg.org/#ts-class */
declare class TransformStream<I = any, O = any> {
  constructor(
    transformer?: Transformer<I, O>,
    writableStrategy?: QueuingStrategy<I>,
    readableStrategy?: QueuingStrategy<O>,
  );
  readonly readable: ReadableStream<O>;
  readonly writable: WritableStream<I>;
}

declare class TransformStreamDefaultController<O = any> {
  private constructor();
  readonly desiredSize: number | null;
  enqueue(chunk?: O): void;
  /** Fails both sides. */
  error(reason?: any): void;
  /** Closes the readable side and fails the writable side. */
  terminate(): void;
}

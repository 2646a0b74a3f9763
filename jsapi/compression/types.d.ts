// The globals of this folder, as apps see them.

/** https://compression.spec.whatwg.org/; "zstd" is our own. */
type CompressionFormat = "brotli" | "deflate" | "deflate-raw" | "gzip" | "zstd";

declare class CompressionStream {
  constructor(format: CompressionFormat);
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<ArrayBuffer | ArrayBufferView>;
}

/** Malformed input, input that ends too early and data behind its end are a TypeError. */
declare class DecompressionStream {
  constructor(format: CompressionFormat);
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<ArrayBuffer | ArrayBufferView>;
}

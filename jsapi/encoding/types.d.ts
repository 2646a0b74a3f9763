// The globals of this folder, as apps see them.

type BufferSource = ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** Encodes text as UTF-8. https://encoding.spec.whatwg.org/#interface-textencoder */
declare class TextEncoder {
  constructor();
  /** "utf-8". */
  readonly encoding: string;
  /** The UTF-8 of a text; lone surrogates become U+FFFD. */
  encode(input?: string): Uint8Array<ArrayBuffer>;
  /** Writes as many whole characters as fit. read counts UTF-16 code units, written bytes. */
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}

interface TextDecoderOptions {
  /** Throws a TypeError for malformed input, which otherwise becomes U+FFFD. */
  fatal?: boolean;
  /** Leaves a byte order mark in the text. */
  ignoreBOM?: boolean;
}

/** Decodes bytes. https://encoding.spec.whatwg.org/#interface-textdecoder */
declare class TextDecoder {
  /** A label of any encoding of the Encoding standard, UTF-8 if there is none; a RangeError for others. */
  constructor(label?: string, options?: TextDecoderOptions);
  /** The encoding's name in lower case. */
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  /** The text of bytes. With stream, a character that they end in the middle of is kept for the next call. */
  decode(input?: BufferSource, options?: { stream?: boolean }): string;
}

/** Encodes a stream of strings as UTF-8. */
declare class TextEncoderStream {
  constructor();
  readonly encoding: string;
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<string>;
}

/** Decodes a stream of bytes. */
declare class TextDecoderStream {
  constructor(label?: string, options?: TextDecoderOptions);
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  readonly readable: ReadableStream<string>;
  readonly writable: WritableStream<BufferSource>;
}

/** Base64 of the bytes that a string's characters up to U+00FF stand for; others throw an InvalidCharacterError. */
declare function btoa(data: string): string;

/**
 * The bytes of base64, each as a character up to U+00FF. Whitespace may be in it and padding left away;
 * an InvalidCharacterError for what is no base64.
 */
declare function atob(data: string): string;

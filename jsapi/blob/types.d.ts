// The globals of this folder, as apps see them.

type BlobPart = ArrayBuffer | ArrayBufferView | Blob | string;

interface BlobPropertyBag {
  /** The media type, as in "text/plain". */
  type?: string;
  /** "native" makes every line ending of the strings a "\n". */
  endings?: "transparent" | "native";
}

/** Bytes that do not change. https://w3c.github.io/FileAPI/#blob-section */
declare class Blob {
  constructor(blobParts?: Iterable<BlobPart>, options?: BlobPropertyBag);
  /** The number of bytes. */
  readonly size: number;
  /** The media type in lower case, or "". */
  readonly type: string;
  /** Bytes [start, end), which are not copied; negative positions count from the end. */
  slice(start?: number, end?: number, contentType?: string): Blob;
  /** A byte stream of the bytes. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** The bytes as UTF-8, without a byte order mark. */
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

interface FilePropertyBag extends BlobPropertyBag {
  /** Milliseconds since 1970; now, if absent. */
  lastModified?: number;
}

/** A Blob with a name, as a form uploads it. */
declare class File extends Blob {
  constructor(fileBits: Iterable<BlobPart>, fileName: string, options?: FilePropertyBag);
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
}

type FormDataEntryValue = File | string;

/** The fields of a form. https://xhr.spec.whatwg.org/#interface-formdata */
declare class FormData {
  constructor();
  append(name: string, value: string): void;
  append(name: string, value: Blob, filename?: string): void;
  delete(name: string): void;
  get(name: string): FormDataEntryValue | null;
  getAll(name: string): FormDataEntryValue[];
  has(name: string): boolean;
  /** Puts the value in the place of the first field of that name, and removes the others. */
  set(name: string, value: string): void;
  set(name: string, value: Blob, filename?: string): void;
  entries(): IterableIterator<[string, FormDataEntryValue]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<FormDataEntryValue>;
  forEach(callback: (value: FormDataEntryValue, key: string, form: FormData) => void, thisArg?: unknown): void;
  [Symbol.iterator](): IterableIterator<[string, FormDataEntryValue]>;
}

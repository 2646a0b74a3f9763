// node:buffer: the package buffer, with what came to Node after it. UTF-8 goes by
// the runtime's own coders, which are faster.
import * as base from "buffer/";
import { latin1Decode } from "hedge:runtime";

type Bytes = Uint8Array<ArrayBuffer>;

const Buffer = base.Buffer;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** base64url is read as base64, which takes both alphabets. */
function readable(encoding: unknown): unknown {
  return typeof encoding === "string" && encoding.toLowerCase() === "base64url" ? "base64" : encoding;
}

function isUTF8(encoding: unknown): boolean {
  return encoding === undefined || encoding === null || encoding === "" || /^utf-?8$/i.test(String(encoding));
}

/** The same bytes as a Buffer. */
function adopt(bytes: Bytes): Bytes {
  return Object.setPrototypeOf(bytes, Buffer.prototype);
}

const from = Buffer.from;
Buffer.from = (value: unknown, encodingOrOffset?: unknown, length?: unknown) =>
  typeof value === "string" && isUTF8(encodingOrOffset) ? adopt(encoder.encode(value)) : from(value, readable(encodingOrOffset), length);

const isEncoding = Buffer.isEncoding;
Buffer.isEncoding = (encoding: unknown) => isEncoding(readable(encoding));

const byteLength = Buffer.byteLength;
Buffer.byteLength = (value: unknown, encoding?: unknown) => byteLength(value, readable(encoding));

Buffer.copyBytesFrom = (view: Uint8Array, offset = 0, length = view.length - offset) => {
  const part = view.subarray(offset, offset + length);
  return from(part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength));
};

const toString = Buffer.prototype.toString;
Buffer.prototype.toString = function (this: Bytes, encoding?: unknown, start?: number, end?: number): string {
  if (isUTF8(encoding)) return decoder.decode(start === undefined && end === undefined ? this : this.subarray(clamp(start), end));
  if (/^(latin1|binary)$/i.test(String(encoding))) return latin1Decode(this, clamp(start), end ?? this.length);
  const text = toString.call(this, readable(encoding), start, end);
  if (readable(encoding) === encoding) return text;
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

function clamp(start: number | undefined): number {
  return start === undefined || !(start > 0) ? 0 : start;
}

// Methods whose encoding is the last argument that is a string, behind a text.
for (const name of ["write", "fill", "indexOf", "lastIndexOf", "includes"]) {
  const method = Buffer.prototype[name];
  Object.defineProperty(Buffer.prototype, name, {
    value(this: Uint8Array, text: unknown, ...rest: unknown[]) {
      return method.call(this, text, ...rest.map(readable));
    },
    writable: true,
    configurable: true,
  });
}
Buffer.alloc = ((alloc) => (size: unknown, fill?: unknown, encoding?: unknown) => alloc(size, fill, readable(encoding)))(Buffer.alloc);

function isUtf8(bytes: Bytes): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function isAscii(bytes: Uint8Array | ArrayBuffer): boolean {
  const view = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes);
  return view.every((byte) => byte < 0x80);
}

(globalThis as { Buffer?: unknown }).Buffer ??= Buffer;

export default {
  Buffer,
  SlowBuffer: base.SlowBuffer,
  INSPECT_MAX_BYTES: 50,
  kMaxLength: base.kMaxLength,
  constants: { MAX_LENGTH: base.kMaxLength, MAX_STRING_LENGTH: 0x1fffffe8 },
  Blob,
  File,
  atob,
  btoa,
  isUtf8,
  isAscii,
};

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
  if (encoding === "") return "utf8";
  return typeof encoding === "string" && encoding.toLowerCase() === "base64url" ? "base64" : encoding;
}

/** What is read of a text in hexadecimal digits: whole bytes, up to the first that is none. */
function wholeBytes(text: string): string {
  const other = text.search(/[^0-9a-f]/i);
  const end = other < 0 ? text.length : other;
  return text.slice(0, end - (end % 2));
}

const isHex = (encoding: unknown): boolean => typeof encoding === "string" && encoding.toLowerCase() === "hex";

function isUTF8(encoding: unknown): boolean {
  return encoding === undefined || encoding === null || encoding === "" || /^utf-?8$/i.test(String(encoding));
}

/** The same bytes as a Buffer. */
function adopt(bytes: Bytes): Bytes {
  return Object.setPrototypeOf(bytes, Buffer.prototype);
}

const from = Buffer.from;
Buffer.from = (value: unknown, encodingOrOffset?: unknown, length?: unknown) => {
  if (typeof value === "string" && isUTF8(encodingOrOffset)) return adopt(encoder.encode(value));
  return from(typeof value === "string" && isHex(encodingOrOffset) ? wholeBytes(value) : value, readable(encodingOrOffset), length);
};

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
  const first = clamp(start, 0);
  const last = Math.min(clamp(end, this.length), this.length);
  if (last <= first) return "";
  if (isUTF8(encoding)) return decoder.decode(start === undefined && end === undefined ? this : this.subarray(first, last));
  if (/^(latin1|binary)$/i.test(String(encoding))) return latin1Decode(this, first, last);
  const text = toString.call(this, readable(encoding), start, end);
  if (readable(encoding) === encoding) return text;
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

function clamp(place: number | undefined, usual: number): number {
  return place === undefined ? usual : Math.max(Math.trunc(place) || 0, 0);
}

/** Bytes as a Buffer, where a method takes that alone. */
function asBuffer(value: unknown): unknown {
  return value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

const equals = Buffer.prototype.equals;
Buffer.prototype.equals = function (other: unknown): boolean {
  return equals.call(this, asBuffer(other));
};

// Methods whose encoding is the last argument that is a string, behind a text.
for (const name of ["write", "fill", "indexOf", "lastIndexOf", "includes"]) {
  const method = Buffer.prototype[name];
  Object.defineProperty(Buffer.prototype, name, {
    value(this: Uint8Array, value: unknown, ...rest: unknown[]) {
      return method.call(this, typeof value === "string" && rest.some(isHex) ? wholeBytes(value) : asBuffer(value), ...rest.map(readable));
    },
    writable: true,
    configurable: true,
  });
}
Buffer.alloc = ((alloc) => (size: unknown, fill?: unknown, encoding?: unknown) => alloc(size, fill, readable(encoding)))(Buffer.alloc);

for (const sign of ["read", "write"]) {
  for (const order of ["LE", "BE"]) Buffer.prototype[`${sign}BigUint64${order}`] = Buffer.prototype[`${sign}BigUInt64${order}`];
}

// What Node's own modules use, and packages that want it fast.
for (const encoding of ["ascii", "base64", "base64url", "hex", "latin1", "ucs2", "utf8"]) {
  Buffer.prototype[`${encoding}Slice`] = function (start?: number, end?: number): string {
    return this.toString(encoding, start, end);
  };
  Buffer.prototype[`${encoding}Write`] = function (text: string, offset?: number, length?: number): number {
    return this.write(text, offset ?? 0, length ?? this.length - (offset ?? 0), encoding);
  };
}

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
  kStringMaxLength: 0x1fffffe8,
  constants: { MAX_LENGTH: base.kMaxLength, MAX_STRING_LENGTH: 0x1fffffe8 },
  Blob,
  File,
  atob,
  btoa,
  isUtf8,
  isAscii,
};

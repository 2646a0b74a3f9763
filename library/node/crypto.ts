// node:crypto: what needs no keys as objects. Hashes are those of @noble/hashes, because Node's are
// synchronous, and the runtime's are not; large data is faster with crypto.subtle.
import { blake2b, blake2s } from "@noble/hashes/blake2.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { md5, ripemd160, sha1 } from "@noble/hashes/legacy.js";
import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { scrypt } from "@noble/hashes/scrypt.js";
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from "@noble/hashes/sha2.js";
import { sha3_224, sha3_256, sha3_384, sha3_512, shake128, shake256 } from "@noble/hashes/sha3.js";
import { Buffer } from "node:buffer";
import { Transform } from "node:stream";

type Bytes = Uint8Array<ArrayBuffer>;
type Data = string | ArrayBuffer | ArrayBufferView | CryptoKey;
type Done<T> = (error: Error | null, value?: T) => void;

const hashes: Record<string, any> = {
  __proto__: null,
  md5,
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
  "sha512-224": sha512_224,
  "sha512-256": sha512_256,
  "sha3-224": sha3_224,
  "sha3-256": sha3_256,
  "sha3-384": sha3_384,
  "sha3-512": sha3_512,
  shake128,
  shake256,
  ripemd160,
  blake2b512: blake2b,
  blake2s256: blake2s,
};

function hashOf(name: string): any {
  const lower = name.toLowerCase();
  const found = hashes[lower] ?? hashes[lower.replace(/^rsa-/, "").replace(/^sha-(?=\d)/, "sha")];
  if (found !== undefined) return found;
  throw Object.assign(new Error(`"${name}" is no hash that there is here; there are ${Object.keys(hashes).join(", ")}`), { code: "ERR_OSSL_EVP_UNSUPPORTED" });
}

function bytesOf(data: Data, encoding?: string): Bytes {
  if (typeof data === "string") return Buffer.from(data, encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError('The "data" argument must be a string, an ArrayBuffer, a TypedArray or a DataView');
}

function result(bytes: Bytes, encoding?: string): Bytes | string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return encoding === undefined || encoding === "buffer" ? buffer : buffer.toString(encoding);
}

/** A hash or HMAC under way: an object with update and digest, which is a stream as well. */
class Digest extends Transform {
  #state: any;
  #over = false;

  constructor(state: any) {
    super();
    this.#state = state;
  }

  update(data: Data, encoding?: string): this {
    if (this.#over) throw Object.assign(new Error("Digest already called"), { code: "ERR_CRYPTO_HASH_FINALIZED" });
    this.#state.update(bytesOf(data, encoding));
    return this;
  }

  digest(encoding?: string): Bytes | string {
    if (this.#over) throw Object.assign(new Error("Digest already called"), { code: "ERR_CRYPTO_HASH_FINALIZED" });
    this.#over = true;
    return result(this.#state.digest(), encoding);
  }

  copy(): Digest {
    return new Digest(this.#state.clone());
  }

  _transform(chunk: Data, encoding: string, done: () => void): void {
    this.update(chunk, encoding);
    done();
  }

  _flush(done: () => void): void {
    this.push(this.digest());
    done();
  }
}

function createHash(name: string, options: { outputLength?: number } = {}): Digest {
  const { outputLength } = options;
  return new Digest(hashOf(name).create(outputLength === undefined ? undefined : { dkLen: outputLength }));
}

function createHmac(name: string, key: Data): Digest {
  return new Digest(hmac.create(hashOf(name), bytesOf(key)));
}

function hash(name: string, data: Data, encoding = "hex"): Bytes | string {
  return createHash(name).update(data).digest(encoding);
}

/** Calls back with what work returns, later, or returns it when there is nobody to call. */
function later<T>(work: () => T, done?: Done<T>): T | undefined {
  if (done === undefined) return work();
  queueMicrotask(() => {
    let value: T;
    try {
      value = work();
    } catch (error) {
      return done(error as Error);
    }
    done(null, value);
  });
  return undefined;
}

/** The most that crypto.getRandomValues gives at once. */
const quota = 65_536;

function fill<T extends ArrayBufferView | ArrayBuffer>(target: T, offset = 0, size?: number): T {
  const bytes = bytesOf(target).subarray(offset, size === undefined ? undefined : offset + size);
  for (let at = 0; at < bytes.length; at += quota) crypto.getRandomValues(bytes.subarray(at, at + quota));
  return target;
}

function randomBytes(size: number, done?: Done<Bytes>): Bytes | undefined {
  return later(() => fill(Buffer.alloc(size)), done);
}

function randomFill(target: ArrayBufferView, ...rest: unknown[]): void {
  const done = rest.pop() as Done<ArrayBufferView>;
  later(() => fill(target, ...(rest as number[])), done);
}

/** A whole number from least up to, but not including, most: without bias. */
function randomInt(...args: any[]): number | undefined {
  const done = typeof args.at(-1) === "function" ? (args.pop() as Done<number>) : undefined;
  const [least, most] = args.length === 1 ? [0, args[0]] : args;
  const range = most - least;
  if (!Number.isSafeInteger(least) || !Number.isSafeInteger(most) || !(range > 0) || range >= 2 ** 48) {
    throw new RangeError("crypto.randomInt: the range must be of safe integers, above 0 and below 2**48");
  }
  const limit = 2 ** 48 - (2 ** 48 % range);
  return later(() => {
    for (;;) {
      const [high, low] = crypto.getRandomValues(new Uint32Array(2));
      const value = (high! & 0xffff) * 2 ** 32 + low!;
      if (value < limit) return least + (value % range);
    }
  }, done);
}

function timingSafeEqual(a: ArrayBufferView, b: ArrayBufferView): boolean {
  if (a.byteLength !== b.byteLength) {
    throw Object.assign(new RangeError("Input buffers must have the same byte length"), { code: "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH" });
  }
  return crypto.subtle.timingSafeEqual(bytesOf(a), bytesOf(b));
}

function pbkdf2Sync(password: Data, salt: Data, iterations: number, length: number, name: string): Bytes {
  return result(pbkdf2(hashOf(name), bytesOf(password), bytesOf(salt), { c: iterations, dkLen: length }) as Bytes) as Bytes;
}

function hkdfSync(name: string, key: Data, salt: Data, info: Data, length: number): ArrayBuffer {
  return new Uint8Array(hkdf(hashOf(name), bytesOf(key), bytesOf(salt), bytesOf(info), length)).buffer;
}

interface ScryptOptions {
  N?: number;
  r?: number;
  p?: number;
  cost?: number;
  blockSize?: number;
  parallelization?: number;
  maxmem?: number;
}

function scryptSync(password: Data, salt: Data, length: number, options: ScryptOptions = {}): Bytes {
  const { N = options.cost ?? 16384, r = options.blockSize ?? 8, p = options.parallelization ?? 1, maxmem = 32 << 20 } = options;
  return result(scrypt(bytesOf(password), bytesOf(salt), { N, r, p, dkLen: length, maxmem: maxmem + 4096 }) as Bytes) as Bytes;
}

export default {
  createHash,
  createHmac,
  hash,
  Hash: Digest,
  Hmac: Digest,
  getHashes: () => Object.keys(hashes),
  getCiphers: () => [],
  getCurves: () => [],
  randomBytes,
  randomFill,
  randomFillSync: fill,
  randomInt,
  randomUUID: () => crypto.randomUUID(),
  getRandomValues: (array: ArrayBufferView) => crypto.getRandomValues(array as Bytes),
  timingSafeEqual,
  pbkdf2Sync,
  pbkdf2: (password: Data, salt: Data, iterations: number, length: number, name: string, done: Done<Bytes>) => later(() => pbkdf2Sync(password, salt, iterations, length, name), done),
  hkdfSync,
  hkdf: (name: string, key: Data, salt: Data, info: Data, length: number, done: Done<ArrayBuffer>) => later(() => hkdfSync(name, key, salt, info, length), done),
  scryptSync,
  scrypt: (password: Data, salt: Data, length: number, ...rest: any[]) => {
    const done = rest.pop() as Done<Bytes>;
    later(() => scryptSync(password, salt, length, ...rest), done);
  },
  webcrypto: crypto,
  subtle: crypto.subtle,
  constants: {},
};

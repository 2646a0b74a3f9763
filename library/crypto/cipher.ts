// AES in the modes CBC, CTR and GCM, in pieces: the block cipher is that of @noble/ciphers.
import { cbc, ctr, ecb } from "@noble/ciphers/aes.js";
import { ghash } from "@noble/ciphers/_polyval.js";
import { Transform } from "node:stream";
import { bytesOf, type Bytes, concat, type Data, equalBytes, failure, result } from "./bytes.ts";
import { secretOf } from "./keys.ts";

const BLOCK = 16;
const none: Bytes = new Uint8Array(0);

interface Algorithm {
  mode: "cbc" | "ctr" | "gcm";
  keyLength: number;
}

const algorithms: Record<string, Algorithm> = { __proto__: null as never };
for (const size of [128, 192, 256]) {
  for (const mode of ["cbc", "ctr", "gcm"] as const) algorithms[`aes-${size}-${mode}`] = { mode, keyLength: size / 8 };
}

export const getCiphers = (): string[] => Object.keys(algorithms);

/** One direction of a mode. */
interface Mode {
  update(data: Bytes): Uint8Array;
  final(): Uint8Array;
}

/** CBC with the padding of PKCS #7, unless there is to be none. */
class CBC implements Mode {
  padding = true;
  readonly #key: Bytes;
  readonly #encrypts: boolean;
  #vector: Uint8Array;
  #rest: Bytes = none;

  constructor(key: Bytes, vector: Bytes, encrypts: boolean) {
    this.#key = key;
    this.#vector = vector.slice();
    this.#encrypts = encrypts;
  }

  update(data: Bytes): Uint8Array {
    const all = concat(this.#rest, data);
    let whole = all.length - (all.length % BLOCK);
    // The last block holds the padding, and what is the last is not known before the end.
    if (!this.#encrypts && this.padding && whole === all.length && whole > 0) whole -= BLOCK;
    this.#rest = all.subarray(whole);
    return this.#blocks(all.subarray(0, whole));
  }

  final(): Uint8Array {
    const rest = this.#rest;
    if (!this.padding) {
      if (rest.length > 0) throw failure("ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH", "The data is not a multiple of the length of a block");
      return none;
    }
    if (this.#encrypts) {
      const missing = BLOCK - rest.length;
      return this.#blocks(concat(rest, new Uint8Array(missing).fill(missing)));
    }
    if (rest.length !== BLOCK) throw failure("ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH", "The data is not a multiple of the length of a block");
    const block = this.#blocks(rest);
    const padding = block[BLOCK - 1]!;
    if (padding < 1 || padding > BLOCK || block.subarray(BLOCK - padding).some((byte) => byte !== padding)) {
      throw failure("ERR_OSSL_BAD_DECRYPT", "The data is not what was encrypted with this key");
    }
    return block.subarray(0, BLOCK - padding);
  }

  #blocks(blocks: Bytes): Uint8Array {
    if (blocks.length === 0) return none;
    const cipher = cbc(this.#key, this.#vector, { disablePadding: true });
    const made = this.#encrypts ? cipher.encrypt(blocks) : cipher.decrypt(blocks);
    this.#vector = (this.#encrypts ? made : blocks).slice(-BLOCK);
    return made;
  }
}

/** A counter of blocks, of which the last bytes count. */
class CTR implements Mode {
  readonly #key: Bytes;
  readonly #counter: Bytes;
  /** How many bytes of the counter count: 16, and 4 in GCM. */
  readonly #width: number;
  /** How much of the counter's block has been used. */
  #used = 0;

  constructor(key: Bytes, counter: Bytes, width: number) {
    this.#key = key;
    this.#counter = counter.slice();
    this.#width = width;
  }

  update(data: Bytes): Uint8Array {
    const made = new Uint8Array(data.length);
    for (let at = 0; at < data.length; ) {
      const size = Math.min(data.length - at, this.#beforeWrap() * BLOCK - this.#used);
      const padded = concat(new Uint8Array(this.#used), data.subarray(at, at + size));
      made.set(ctr(this.#key, this.#counter).encrypt(padded).subarray(this.#used), at);
      this.#advance(Math.floor(padded.length / BLOCK));
      this.#used = padded.length % BLOCK;
      at += size;
    }
    return made;
  }

  final(): Uint8Array {
    return none;
  }

  /** How many blocks there are until the part that counts is at 0 again. */
  #beforeWrap(): number {
    return this.#width === BLOCK ? Infinity : 2 ** 32 - new DataView(this.#counter.buffer).getUint32(BLOCK - 4);
  }

  #advance(blocks: number): void {
    for (let i = BLOCK - 1, carry = blocks; i >= BLOCK - this.#width && carry > 0; i--) {
      const sum = this.#counter[i]! + carry;
      this.#counter[i] = sum % 256;
      carry = Math.floor(sum / 256);
    }
  }
}

/** GCM (NIST SP 800-38D). What it decrypts is not to be trusted before final says so. */
class GCM implements Mode {
  tag: Bytes | undefined;
  readonly #ctr: CTR;
  readonly #hash: any;
  readonly #last: Uint8Array;
  readonly #encrypts: boolean;
  readonly #tagLength: number | undefined;
  #aad = 0;
  #length = 0;
  /** What is not a whole block yet. */
  #rest: Bytes = none;

  /** tagLength is that of all tags; undefined: of those that are made it is 16 bytes, others may have any length that there is. */
  constructor(key: Bytes, vector: Bytes, encrypts: boolean, tagLength: number | undefined) {
    if (tagLength !== undefined) checkTagLength(tagLength);
    const subkey = ecb(key, { disablePadding: true }).encrypt(new Uint8Array(BLOCK));
    const first = vector.length === 12 ? concat(vector, Uint8Array.of(0, 0, 0, 1)) : ghash(lengthened(vector), subkey);
    this.#last = ctr(key, first).encrypt(new Uint8Array(BLOCK));
    this.#ctr = new CTR(key, first as Bytes, 4);
    this.#ctr.update(new Uint8Array(BLOCK)); // the first block is the tag's
    this.#hash = ghash.create(subkey);
    this.#encrypts = encrypts;
    this.#tagLength = tagLength;
  }

  setAAD(data: Bytes): void {
    if (this.#aad + this.#length > 0) throw failure("ERR_CRYPTO_INVALID_STATE", "Invalid state for operation setAAD");
    this.#aad = data.length;
    this.#hash.update(padded(data));
  }

  /** What has been encrypted is to have this tag. A second one might be chosen to suit what has been decrypted. */
  expect(tag: Bytes): void {
    if (this.tag !== undefined) throw failure("ERR_CRYPTO_INVALID_STATE", "Invalid state for operation setAuthTag");
    checkTagLength(tag.length, this.#tagLength);
    this.tag = tag.slice();
  }

  update(data: Bytes): Uint8Array {
    const made = this.#ctr.update(data);
    this.#absorb(this.#encrypts ? made : data);
    return made;
  }

  #absorb(data: Uint8Array): void {
    this.#length += data.length;
    const all = concat(this.#rest, data);
    const whole = all.length - (all.length % BLOCK);
    if (whole > 0) this.#hash.update(all.subarray(0, whole));
    this.#rest = all.slice(whole);
  }

  final(): Uint8Array {
    if (!this.#encrypts && this.tag === undefined) throw failure("ERR_CRYPTO_INVALID_STATE", "Unsupported state: the tag must be set before final()");
    if (this.#rest.length > 0) this.#hash.update(padded(this.#rest));
    const sum: Uint8Array = this.#hash.update(lengths(this.#aad, this.#length)).digest();
    const tag = sum.map((byte, i) => byte ^ this.#last[i]!) as Bytes;
    if (this.#encrypts) this.tag = tag.slice(0, this.#tagLength);
    else if (!equalBytes(tag.subarray(0, this.tag!.length), this.tag!)) throw failure("ERR_OSSL_BAD_DECRYPT", "Unsupported state or unable to authenticate data");
    return none;
  }
}

/** Filled up with zeros to whole blocks. */
function padded(data: Uint8Array): Bytes {
  return concat(data, new Uint8Array((BLOCK - (data.length % BLOCK)) % BLOCK));
}

/** Two lengths in bits, in one block. */
function lengths(first: number, second: number): Bytes {
  const block = new Uint8Array(BLOCK);
  const view = new DataView(block.buffer);
  view.setBigUint64(0, BigInt(first) * 8n);
  view.setBigUint64(8, BigInt(second) * 8n);
  return block;
}

const lengthened = (vector: Bytes): Bytes => concat(padded(vector), lengths(0, vector.length));

interface Options {
  authTagLength?: number;
}

class Cipher extends Transform {
  readonly #mode: Mode;
  readonly #encrypts: boolean;
  #over = false;

  constructor(name: string, key: unknown, vector: Data | null, options: Options = {}, encrypts: boolean) {
    super();
    const algorithm = algorithms[String(name).toLowerCase().replace(/^id-aes(\d+)-/, "aes-$1-")];
    if (algorithm === undefined) throw failure("ERR_CRYPTO_UNKNOWN_CIPHER", `Unknown cipher "${name}"; there are ${getCiphers().join(", ")}`);
    const secret = secretOf(key);
    if (secret.length !== algorithm.keyLength) throw failure("ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length", RangeError);
    const bytes = vector === null ? none : bytesOf(vector);
    if (algorithm.mode === "gcm" ? bytes.length === 0 : bytes.length !== BLOCK) {
      throw failure("ERR_CRYPTO_INVALID_IV", "Invalid initialization vector", TypeError);
    }
    this.#encrypts = encrypts;
    this.#mode = modeOf(algorithm, secret.slice(), bytes, encrypts, options.authTagLength ?? undefined);
  }

  update(data: Data, inputEncoding?: string, outputEncoding?: string): Bytes | string {
    if (this.#over) throw failure("ERR_CRYPTO_INVALID_STATE", "Invalid state for operation update");
    return result(this.#mode.update(bytesOf(data, inputEncoding)), outputEncoding);
  }

  final(outputEncoding?: string): Bytes | string {
    if (this.#over) throw failure("ERR_CRYPTO_INVALID_STATE", "Invalid state for operation final");
    this.#over = true;
    return result(this.#mode.final(), outputEncoding);
  }

  setAutoPadding(padding = true): this {
    if (this.#mode instanceof CBC) this.#mode.padding = padding;
    return this;
  }

  setAAD(data: Data): this {
    this.#gcm("setAAD").setAAD(bytesOf(data));
    return this;
  }

  getAuthTag(): Bytes {
    const mode = this.#gcm("getAuthTag");
    if (!this.#encrypts || mode.tag === undefined) throw failure("ERR_CRYPTO_INVALID_STATE", "Invalid state for operation getAuthTag");
    return result(mode.tag);
  }

  setAuthTag(tag: Data, encoding?: string): this {
    const mode = this.#gcm("setAuthTag");
    const bytes = bytesOf(tag, encoding);
    if (this.#encrypts || this.#over) throw failure("ERR_CRYPTO_INVALID_STATE", "Invalid state for operation setAuthTag");
    mode.expect(bytes);
    return this;
  }

  #gcm(operation: string): GCM {
    if (this.#mode instanceof GCM) return this.#mode;
    throw failure("ERR_CRYPTO_INVALID_STATE", `Invalid state for operation ${operation}`);
  }

  _transform(chunk: Data, encoding: string, done: (error?: unknown) => void): void {
    this.#pass(() => this.update(chunk, encoding), done);
  }

  _flush(done: (error?: unknown) => void): void {
    this.#pass(() => this.final(), done);
  }

  #pass(work: () => Bytes | string, done: (error?: unknown) => void): void {
    try {
      this.push(work());
    } catch (error) {
      return done(error);
    }
    done();
  }
}

/** A tag has one of the lengths of SP 800-38D §5.2.1.2, and the agreed one where there is one. */
function checkTagLength(length: number, agreed = length): void {
  if (![4, 8, 12, 13, 14, 15, 16].includes(length) || length !== agreed) throw failure("ERR_CRYPTO_INVALID_AUTH_TAG", `Invalid authentication tag length: ${length}`, TypeError);
}

function modeOf(algorithm: Algorithm, key: Bytes, vector: Bytes, encrypts: boolean, tagLength: number | undefined): Mode {
  switch (algorithm.mode) {
    case "cbc":
      return new CBC(key, vector, encrypts);
    case "ctr":
      return new CTR(key, vector, BLOCK);
    default:
      return new GCM(key, vector, encrypts, tagLength);
  }
}

export const ciphering = {
  createCipheriv: (name: string, key: unknown, vector: Data | null, options?: Options) => new Cipher(name, key, vector, options, true),
  createDecipheriv: (name: string, key: unknown, vector: Data | null, options?: Options) => new Cipher(name, key, vector, options, false),
  Cipheriv: Cipher,
  Decipheriv: Cipher,
  getCiphers,
};

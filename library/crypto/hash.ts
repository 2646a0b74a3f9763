// Hashes and HMAC: those of @noble/hashes, because Node's are synchronous, and the runtime's are not.
import { blake2b, blake2s } from "@noble/hashes/blake2.js";
import { hmac } from "@noble/hashes/hmac.js";
import { md5, ripemd160, sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from "@noble/hashes/sha2.js";
import { sha3_224, sha3_256, sha3_384, sha3_512, shake128, shake256 } from "@noble/hashes/sha3.js";
import { Transform } from "node:stream";
import { bytesOf, type Bytes, type Data, failure, result } from "./bytes.ts";
import { KeyObject, secretOf } from "./keys.ts";

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

/** The name of a hash as the table has it: of "RSA-SHA256" and "SHA-256" it is "sha256". */
export function hashName(name: string): string {
  const lower = name.toLowerCase();
  for (const form of [lower, lower.replace(/^rsa-/, "").replace(/^sha-(?=\d)/, "sha"), lower.replace(/withrsaencryption$/, "")]) {
    if (hashes[form] !== undefined) return form;
  }
  throw failure("ERR_OSSL_EVP_UNSUPPORTED", `"${name}" is no hash that there is here; there are ${getHashes().join(", ")}`);
}

export function hashOf(name: string): any {
  return hashes[hashName(name)];
}

export const getHashes = (): string[] => Object.keys(hashes);

/** A hash or HMAC under way: an object with update and digest, which is a stream as well once it is used as one. */
class Digest extends lazyTransform() {
  #state: any;
  #over = false;

  constructor(state: any) {
    super();
    this.#state = state;
  }

  update(data: Data, encoding?: string): this {
    if (this.#over) throw failure("ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    this.#state.update(bytesOf(data, encoding));
    return this;
  }

  digest(encoding?: string): Bytes | string {
    if (this.#over) throw failure("ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    this.#over = true;
    return result(this.#state.digest(), encoding);
  }

  copy(): Digest {
    if (this.#over) throw failure("ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
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

/** A class of streams whose making waits until somebody asks for what a stream has: nearly nobody does, and it takes longer than a hash. */
function lazyTransform(): new () => any {
  const Lazy = function () {} as unknown as new () => any;
  Object.setPrototypeOf(Lazy.prototype, Transform.prototype);
  for (const name of ["_events", "_readableState", "_writableState"]) {
    Object.defineProperty(Lazy.prototype, name, {
      configurable: true,
      get() {
        become(this);
        return this[name];
      },
      set(value) {
        become(this);
        this[name] = value;
      },
    });
  }
  function become(self: any): void {
    for (const name of ["_events", "_readableState", "_writableState"]) {
      Object.defineProperty(self, name, { value: undefined, writable: true, enumerable: true, configurable: true });
    }
    Transform.call(self);
  }
  return Lazy;
}

function createHash(name: string, options: { outputLength?: number } = {}): Digest {
  const { outputLength } = options;
  return new Digest(hashOf(name).create(outputLength === undefined ? undefined : { dkLen: outputLength }));
}

function createHmac(name: string, key: Data | KeyObject): Digest {
  return new Digest(hmac.create(hashOf(name), secretOf(key)));
}

function hash(name: string, data: Data, encoding = "hex"): Bytes | string {
  return result(hashOf(name)(bytesOf(data)), encoding);
}

export const hashing = { createHash, createHmac, hash, Hash: Digest, Hmac: Digest, getHashes };

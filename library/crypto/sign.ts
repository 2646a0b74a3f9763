// Signatures: sign and verify, and as objects that take the data in pieces.
import { Writable } from "node:stream";
import { bytesOf, type Bytes, concat, type Data, type Done, failure, later, result } from "./bytes.ts";
import { edwards, signECDSA, verifyECDSA } from "./curves.ts";
import { hashName, hashOf } from "./hash.ts";
import { type KeyLike, KeyObject, numbersOf } from "./keys.ts";
import { longestSalt, type RSAKey, signPKCS1, signPSS, verifyPKCS1, verifyPSS } from "./rsa.ts";

export const constants = {
  RSA_PKCS1_PADDING: 1,
  RSA_PKCS1_PSS_PADDING: 6,
  RSA_PSS_SALTLEN_DIGEST: -1,
  RSA_PSS_SALTLEN_MAX_SIGN: -2,
  RSA_PSS_SALTLEN_AUTO: -2,
};

interface Options {
  padding?: number;
  saltLength?: number;
  dsaEncoding?: "der" | "ieee-p1363";
}

type Key = KeyLike & Options;

/** The options of a signature, which stand beside its key. */
function optionsOf(key: Key): Options {
  return typeof key === "object" && !(key instanceof KeyObject) && "key" in key ? key : {};
}

const formatOf = (options: Options): "der" | "compact" => (options.dsaEncoding === "ieee-p1363" ? "compact" : "der");

function isPSS({ padding = constants.RSA_PKCS1_PADDING }: Options): boolean {
  if (padding === constants.RSA_PKCS1_PSS_PADDING) return true;
  if (padding === constants.RSA_PKCS1_PADDING) return false;
  throw failure("ERR_OSSL_RSA_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE", "This padding is not for signatures");
}

/** Signs what has been hashed; Ed25519 takes the data itself, with no hash. */
function signWith(hash: string | null, data: Uint8Array, key: Key): Bytes {
  const numbers = numbersOf(key, true);
  const options = optionsOf(key);
  if (numbers.kind === "ed25519" && hash === null) return edwards("ed25519").sign(data, numbers.secret);
  const { name, digest } = digestFor(hash, data, numbers.kind);
  if (numbers.kind === "ec") return signECDSA(numbers, digest, formatOf(options));
  const rsa = numbers as RSAKey;
  if (!isPSS(options)) return signPKCS1(rsa, name, digest);
  const { saltLength = constants.RSA_PSS_SALTLEN_MAX_SIGN } = options;
  const salt = saltLength === constants.RSA_PSS_SALTLEN_DIGEST ? digest.length : saltLength;
  return signPSS(rsa, name, digest, salt < 0 ? longestSalt(rsa, digest) : salt);
}

function verifyWith(hash: string | null, data: Uint8Array, key: Key, signature: Uint8Array): boolean {
  const numbers = numbersOf(key, false);
  const options = optionsOf(key);
  if (numbers.kind === "ed25519" && hash === null) return isEdwardsSignature(signature, data, numbers.point);
  const { name, digest } = digestFor(hash, data, numbers.kind);
  if (numbers.kind === "ec") return verifyECDSA(numbers, digest, signature, formatOf(options));
  const rsa = numbers as RSAKey;
  if (!isPSS(options)) return verifyPKCS1(rsa, name, digest, signature);
  const { saltLength = constants.RSA_PSS_SALTLEN_AUTO } = options;
  return verifyPSS(rsa, name, digest, saltLength === constants.RSA_PSS_SALTLEN_DIGEST ? digest.length : saltLength, signature);
}

function isEdwardsSignature(signature: Uint8Array, data: Uint8Array, point: Uint8Array): boolean {
  try {
    return edwards("ed25519").verify(signature, data, point);
  } catch {
    return false; // one that is none
  }
}

function digestFor(hash: string | null, data: Uint8Array, kind: string): { name: string; digest: Uint8Array } {
  if (kind !== "rsa" && kind !== "ec") throw failure("ERR_CRYPTO_OPERATION_FAILED", `A key of the kind ${kind} cannot do this`);
  const name = hashName(hash ?? "sha256");
  return { name, digest: hashOf(name)(data) };
}

function sign(hash: string | null, data: Data, key: Key, done?: Done<Bytes>): Bytes | undefined {
  return later(() => result(signWith(hash, bytesOf(data), key)), done);
}

function verify(hash: string | null, data: Data, key: Key, signature: Data, done?: Done<boolean>): boolean | undefined {
  return later(() => verifyWith(hash, bytesOf(data), key, bytesOf(signature)), done);
}

/** What collects the data of a signature: a stream that can be written to as well. */
class Collector extends Writable {
  readonly #name: string;
  #parts: Uint8Array[] = [];

  constructor(name: string) {
    super();
    this.#name = hashName(name);
  }

  update(data: Data, encoding?: string): this {
    this.#parts.push(bytesOf(data, encoding).slice());
    return this;
  }

  _write(chunk: Data, encoding: string, done: () => void): void {
    this.update(chunk, encoding);
    done();
  }

  protected take(): [string, Bytes] {
    const data = concat(...this.#parts);
    this.#parts = [];
    return [this.#name, data];
  }
}

class Sign extends Collector {
  sign(key: Key, encoding?: string): Bytes | string {
    const [name, data] = this.take();
    return result(signWith(name, data, key), encoding);
  }
}

class Verify extends Collector {
  verify(key: Key, signature: Data, encoding?: string): boolean {
    const [name, data] = this.take();
    return verifyWith(name, data, key, bytesOf(signature, encoding));
  }
}

export const signing = {
  sign,
  verify,
  createSign: (name: string) => new Sign(name),
  createVerify: (name: string) => new Verify(name),
  Sign,
  Verify,
  constants,
};

// Keys as objects, read from and written to PEM, DER and JWK.
import { Buffer } from "node:buffer";
import { bytesOf, type Bytes, equalBytes, failure, result } from "./bytes.ts";
import type { ECKey, EdwardsKey } from "./curves.ts";
import { fromPEM, Reader, toPEM } from "./der.ts";
import { fromJWK, toJWK } from "./jwk.ts";
import { privateFrom, publicFrom, writePrivate, writePublic } from "./formats.ts";
import type { RSAKey } from "./rsa.ts";

/** The numbers of an asymmetric key, with the secret ones or without. */
export type Numbers = RSAKey | ECKey | EdwardsKey;
export type KeyKind = "secret" | "public" | "private";

interface ExportOptions {
  type?: "spki" | "pkcs1" | "pkcs8" | "sec1";
  format?: "pem" | "der" | "jwk" | "buffer";
  cipher?: string;
}

/** What can stand for a key: an object, a text, bytes, or those with options. */
export type KeyLike = KeyObject | string | ArrayBufferView | ArrayBuffer | { key: unknown; format?: string; type?: string; passphrase?: unknown };

let make: (kind: KeyKind, content: Bytes | Numbers) => KeyObject;
let contentOf: (key: KeyObject) => Bytes | Numbers;

export class KeyObject {
  readonly #kind: KeyKind;
  readonly #content: Bytes | Numbers;

  static {
    make = (kind, content) => new KeyObject(kind, content);
    contentOf = (key) => key.#content;
  }

  private constructor(kind: KeyKind, content: Bytes | Numbers) {
    this.#kind = kind;
    this.#content = content;
  }

  get type(): KeyKind {
    return this.#kind;
  }

  get symmetricKeySize(): number | undefined {
    return this.#content instanceof Uint8Array ? this.#content.length : undefined;
  }

  get asymmetricKeyType(): string | undefined {
    return this.#content instanceof Uint8Array ? undefined : this.#content.kind;
  }

  get asymmetricKeyDetails(): object | undefined {
    const content = this.#content;
    if (content instanceof Uint8Array) return undefined;
    if (content.kind === "rsa") return { modulusLength: content.n.toString(2).length, publicExponent: content.e };
    return content.kind === "ec" ? { namedCurve: content.curve.name } : {};
  }

  equals(other: KeyObject): boolean {
    if (!(other instanceof KeyObject)) throw failure("ERR_INVALID_ARG_TYPE", "the other key must be a KeyObject", TypeError);
    return this.#kind === other.#kind && equalBytes(flat(this), flat(other));
  }

  export(options: ExportOptions = {}): any {
    const content = this.#content;
    if (content instanceof Uint8Array) {
      return options.format === "jwk" ? { kty: "oct", k: Buffer.from(content).toString("base64url") } : result(content.slice());
    }
    if (options.format === "jwk") return toJWK(content, this.#kind === "private");
    if (options.cipher !== undefined) throw failure("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "Keys cannot be encrypted here");
    if (options.type === undefined) throw failure("ERR_INVALID_ARG_VALUE", "the option type is needed: spki, pkcs8, pkcs1 or sec1", TypeError);
    const { label, der } = this.#kind === "private" ? writePrivate(content, options.type) : writePublic(content, options.type);
    return options.format === "pem" ? toPEM(label, der) : result(der);
  }
}
Object.defineProperty(KeyObject.prototype, Symbol.toStringTag, { value: "KeyObject", configurable: true });

function flat(key: KeyObject): Bytes {
  return key.type === "secret" ? (contentOf(key) as Bytes) : key.export({ format: "der", type: key.type === "private" ? "pkcs8" : "spki" });
}

/** The bytes of a secret, which may be a KeyObject. */
export function secretOf(key: unknown): Bytes {
  if (!(key instanceof KeyObject)) return bytesOf(key);
  if (key.type !== "secret") throw failure("ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", `Invalid key object type ${key.type}, expected secret`, TypeError);
  return contentOf(key) as Bytes;
}

export function createSecretKey(key: unknown, encoding?: string): KeyObject {
  return make("secret", bytesOf(key, encoding).slice());
}

export const privateKey = (numbers: Numbers): KeyObject => make("private", numbers);

export function publicKey(numbers: Numbers): KeyObject {
  const { secret: _, ...rest } = numbers;
  return make("public", rest as Numbers);
}

export function createPrivateKey(key: KeyLike): KeyObject {
  if (key instanceof KeyObject) throw failure("ERR_INVALID_ARG_TYPE", "the key must be a string, bytes or an object with them", TypeError);
  const read = readKey(key);
  if (read.secret === undefined) throw failure("ERR_OSSL_UNSUPPORTED", "This is no private key");
  return privateKey(read);
}

export function createPublicKey(key: KeyLike): KeyObject {
  const inner = key !== null && typeof key === "object" && "key" in key ? key.key : key;
  if (!(inner instanceof KeyObject)) return publicKey(readKey(key));
  if (inner.type !== "private") throw failure("ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", `Invalid key object type ${inner.type}, expected private`, TypeError);
  return publicKey(contentOf(inner) as Numbers);
}

/** The numbers of what stands for a key, which for signing must have the secret ones. */
export function numbersOf(key: KeyLike, toSign: boolean): Numbers {
  const inner = key !== null && typeof key === "object" && "key" in key ? key.key : key;
  const object = inner instanceof KeyObject ? inner : toSign ? createPrivateKey(key) : publicKey(readKey(key));
  if (object.type === "secret" || (toSign && object.type !== "private")) {
    throw failure("ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", `Invalid key object type ${object.type}, expected ${toSign ? "private" : "private or public"}`, TypeError);
  }
  return contentOf(object) as Numbers;
}

function readKey(key: KeyLike): Numbers {
  const options: { key: unknown; format?: string; type?: string } = typeof key === "object" && "key" in key ? key : { key };
  if (options.format === "jwk") return fromJWK(options.key as JsonWebKey);
  const bytes = bytesOf(options.key);
  if (options.format === "der") return options.type === "pkcs8" || options.type === "sec1" ? privateFrom(options.type, bytes) : fromDER(bytes, options.type);
  const found = fromPEM(Buffer.from(bytes).toString("latin1"));
  if (found === undefined) throw failure("ERR_OSSL_UNSUPPORTED", "This is no key in PEM: there is no line -----BEGIN …-----");
  switch (found.label) {
    case "PRIVATE KEY":
      return privateFrom("pkcs8", found.der);
    case "RSA PRIVATE KEY":
      return privateFrom("pkcs1", found.der);
    case "EC PRIVATE KEY":
      return privateFrom("sec1", found.der);
    case "PUBLIC KEY":
      return publicFrom("spki", found.der);
    case "RSA PUBLIC KEY":
      return publicFrom("pkcs1", found.der);
    case "CERTIFICATE":
      return publicFrom("certificate", found.der);
    default:
      throw failure("ERR_OSSL_UNSUPPORTED", `Keys of the kind ${found.label} cannot be read here`);
  }
}

/** In PKCS #1 a private key begins with its version, which is 0, and a public one with the modulus. */
function fromDER(bytes: Bytes, type?: string): Numbers {
  if (type === "spki") return publicFrom("spki", bytes);
  return new Reader(bytes).sequence().integer() === 0n ? privateFrom("pkcs1", bytes) : publicFrom("pkcs1", bytes);
}

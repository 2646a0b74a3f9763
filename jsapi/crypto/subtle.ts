// SubtleCrypto: https://w3c.github.io/webcrypto/#subtlecrypto-interface

import {
  ArrayPrototypeIncludes,
  JSONParse,
  JSONStringify,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetLength,
  TypeError,
} from "../core/primordials.ts";
import {
  boolean,
  bufferSource,
  defineInterface,
  enumValue,
  illegalInvocation,
  isBufferSource,
  requireArguments,
  toSequence,
  unsignedLong,
} from "../core/webidl.ts";
import { accessError, type Algorithm, copied, dataError, normalize, notSupported, supports } from "./algorithms.ts";
import { cipher, signatureArguments } from "./arguments.ts";
import { deriveBits, keyLength } from "./derive.ts";
import { exportKey } from "./export.ts";
import { generateKey } from "./generate.ts";
import { callHost, type Bytes, Op } from "./host.ts";
import { type Format, importKey } from "./import.ts";
import { type JWK, toJWK } from "./jwk.ts";
import { type CryptoKey, isCryptoKey, type KeyState, keyState, keyUsages, type KeyUsage } from "./key.ts";

const { utf8Encode, utf8Decode } = __host;
const formats = ["raw", "spki", "pkcs8", "jwk"] as const;
const internal: unknown = { __proto__: null };

export class SubtleCrypto {
  #brand = true;

  constructor(token: unknown) {
    if (token !== internal) throw new TypeError("Illegal constructor");
  }

  async encrypt(algorithm: unknown, key: unknown, data: unknown): Promise<ArrayBuffer> {
    this.#begin(arguments.length, 3, "encrypt");
    const state = toKey(key);
    const bytes = copied(data, "The data");
    const normalized = normalize(algorithm, "encrypt");
    use(state, normalized, "encrypt");
    return bufferOf(await cipher(Op.Encrypt, normalized, state, bytes));
  }

  async decrypt(algorithm: unknown, key: unknown, data: unknown): Promise<ArrayBuffer> {
    this.#begin(arguments.length, 3, "decrypt");
    const state = toKey(key);
    const bytes = copied(data, "The data");
    const normalized = normalize(algorithm, "decrypt");
    use(state, normalized, "decrypt");
    return bufferOf(await cipher(Op.Decrypt, normalized, state, bytes));
  }

  async sign(algorithm: unknown, key: unknown, data: unknown): Promise<ArrayBuffer> {
    this.#begin(arguments.length, 3, "sign");
    const state = toKey(key);
    const bytes = copied(data, "The data");
    const normalized = normalize(algorithm, "sign");
    use(state, normalized, "sign");
    const [signature] = await callHost(Op.Sign, signatureArguments(normalized, state, [bytes]));
    return bufferOf(signature!);
  }

  async verify(algorithm: unknown, key: unknown, signature: unknown, data: unknown): Promise<boolean> {
    this.#begin(arguments.length, 4, "verify");
    const state = toKey(key);
    const given = copied(signature, "The signature");
    const bytes = copied(data, "The data");
    const normalized = normalize(algorithm, "verify");
    use(state, normalized, "verify");
    const [verdict] = await callHost(Op.Verify, signatureArguments(normalized, state, [bytes, given]));
    return verdict![0] === 1;
  }

  async digest(algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
    this.#begin(arguments.length, 2, "digest");
    const bytes = copied(data, "The data");
    const { name } = normalize(algorithm, "digest");
    const [digest] = await callHost(Op.Digest, { texts: [name], bytes: [bytes] });
    return bufferOf(digest!);
  }

  async generateKey(algorithm: unknown, extractable: unknown, keyUsages: unknown): Promise<object> {
    this.#begin(arguments.length, 3, "generateKey");
    const canExtract = boolean(extractable);
    const usages = toUsages(keyUsages);
    return generateKey(normalize(algorithm, "generateKey"), canExtract, usages);
  }

  async deriveKey(algorithm: unknown, baseKey: unknown, derivedKeyType: unknown, extractable: unknown, keyUsages: unknown): Promise<CryptoKey> {
    this.#begin(arguments.length, 5, "deriveKey");
    const state = toKey(baseKey);
    const canExtract = boolean(extractable);
    const usages = toUsages(keyUsages);
    const normalized = normalize(algorithm, "deriveBits");
    const derived = normalize(derivedKeyType, "importKey");
    const length = keyLength(normalize(derivedKeyType, "get key length"));
    use(state, normalized, "deriveKey");
    const data = await deriveBits(normalized, state, length);
    return importKey({ format: "raw", data, algorithm: derived, extractable: canExtract, usages });
  }

  async deriveBits(algorithm: unknown, baseKey: unknown, length: unknown = null): Promise<ArrayBuffer> {
    this.#begin(arguments.length, 2, "deriveBits");
    const state = toKey(baseKey);
    const bits = length === null || length === undefined ? null : unsignedLong(length);
    const normalized = normalize(algorithm, "deriveBits");
    use(state, normalized, "deriveBits");
    return bufferOf(await deriveBits(normalized, state, bits));
  }

  async importKey(format: unknown, keyData: unknown, algorithm: unknown, extractable: unknown, keyUsages: unknown): Promise<CryptoKey> {
    this.#begin(arguments.length, 5, "importKey");
    const form: Format = enumValue(format, formats, "The format");
    const data = isBufferSource(keyData) ? copied(keyData, "The key") : toJWK(keyData);
    const canExtract = boolean(extractable);
    const usages = toUsages(keyUsages);
    if ((form === "jwk") === isBufferSource(keyData)) throw new TypeError(`A key in the form ${form} is ${form === "jwk" ? "an object" : "bytes"}`);
    const normalized = normalize(algorithm, "importKey");
    return importKey({ format: form, data, algorithm: normalized, extractable: canExtract, usages });
  }

  async exportKey(format: unknown, key: unknown): Promise<ArrayBuffer | JWK> {
    this.#begin(arguments.length, 2, "exportKey");
    const form: Format = enumValue(format, formats, "The format");
    const state = toKey(key);
    checkExtractable(state);
    const exported = await exportKey(form, key as CryptoKey);
    return form === "jwk" ? (exported as JWK) : bufferOf(exported as Bytes);
  }

  async wrapKey(format: unknown, key: unknown, wrappingKey: unknown, wrapAlgorithm: unknown): Promise<ArrayBuffer> {
    this.#begin(arguments.length, 4, "wrapKey");
    const form: Format = enumValue(format, formats, "The format");
    const state = toKey(key);
    const wrapping = toKey(wrappingKey);
    const normalized = normalizeWrap(wrapAlgorithm, "wrapKey", "encrypt");
    use(wrapping, normalized, "wrapKey");
    checkExtractable(state);
    const exported = await exportKey(form, key as CryptoKey);
    const bytes = form === "jwk" ? utf8Encode(padded(JSONStringify(exported), normalized)) : (exported as Bytes);
    return bufferOf(await cipher(Op.Encrypt, normalized, wrapping, bytes));
  }

  async unwrapKey(
    format: unknown,
    wrappedKey: unknown,
    unwrappingKey: unknown,
    unwrapAlgorithm: unknown,
    unwrappedKeyAlgorithm: unknown,
    extractable: unknown,
    keyUsages: unknown,
  ): Promise<CryptoKey> {
    this.#begin(arguments.length, 7, "unwrapKey");
    const form: Format = enumValue(format, formats, "The format");
    const wrapped = copied(wrappedKey, "The wrapped key");
    const unwrapping = toKey(unwrappingKey);
    const canExtract = boolean(extractable);
    const usages = toUsages(keyUsages);
    const normalized = normalizeWrap(unwrapAlgorithm, "unwrapKey", "decrypt");
    const algorithm = normalize(unwrappedKeyAlgorithm, "importKey");
    use(unwrapping, normalized, "unwrapKey");
    const bytes = await cipher(Op.Decrypt, normalized, unwrapping, wrapped);
    const data = form === "jwk" ? parseJWK(bytes) : bytes;
    return importKey({ format: form, data, algorithm, extractable: canExtract, usages });
  }

  /** Whether two byte strings are equal, in a time that does not tell where they differ. Not of the standard, but of Workers. */
  timingSafeEqual(a: unknown, b: unknown): boolean {
    this.#begin(arguments.length, 2, "timingSafeEqual");
    const first = bufferSource(a, "The first argument");
    const second = bufferSource(b, "The second argument");
    const length = TypedArrayPrototypeGetLength(first);
    if (TypedArrayPrototypeGetLength(second) !== length) throw new TypeError("timingSafeEqual: the two differ in length");
    let difference = 0;
    for (let i = 0; i < length; i++) difference |= first[i]! ^ second[i]!;
    return difference === 0;
  }

  #begin(given: number, needed: number, name: string): void {
    if (!(#brand in this)) illegalInvocation();
    requireArguments(given, needed, `SubtleCrypto.${name}`);
  }
}

function toKey(value: unknown): KeyState {
  if (!isCryptoKey(value)) throw new TypeError("The key is not a CryptoKey");
  return keyState(value);
}

function toUsages(value: unknown): KeyUsage[] {
  return toSequence(value, (item) => enumValue(item, keyUsages, "A usage of the key"), "The usages of the key");
}

/** Throws an InvalidAccessError unless the key is of the algorithm and may be used so. */
function use(key: KeyState, algorithm: Algorithm, usage: KeyUsage): void {
  if (key.algorithm.name !== algorithm.name) throw accessError(`The key is one of ${key.algorithm.name}, not of ${algorithm.name}`);
  if (!ArrayPrototypeIncludes(key.usages, usage)) throw accessError(`The key must not be used for this: ${usage}`);
}

function checkExtractable(key: KeyState): void {
  if (!supports(key.algorithm.name, "exportKey")) throw notSupported(`Keys of ${key.algorithm.name} cannot be exported`);
  if (!key.extractable) throw accessError("The key is not extractable");
}

/** An algorithm that wraps keys by itself, or else encrypts them. */
function normalizeWrap(identifier: unknown, wrap: "wrapKey" | "unwrapKey", otherwise: "encrypt" | "decrypt"): Algorithm {
  const name = isAESKW(identifier) ? wrap : otherwise;
  return normalize(identifier, name);
}

function isAESKW(identifier: unknown): boolean {
  try {
    return normalize(identifier, "wrapKey").name === "AES-KW";
  } catch {
    return false;
  }
}

/** AES-KW takes multiples of 8 bytes, to which JSON may be padded with spaces. */
function padded(json: string, { name }: Algorithm): string {
  const over = TypedArrayPrototypeGetLength(utf8Encode(json)) % 8;
  if (name !== "AES-KW" || over === 0) return json;
  let spaces = "";
  for (let i = over; i < 8; i++) spaces += " ";
  return json + spaces;
}

function parseJWK(bytes: Bytes): JWK {
  let value: unknown;
  try {
    value = JSONParse(utf8Decode(bytes, 0, TypedArrayPrototypeGetLength(bytes)));
  } catch {
    throw dataError("What was wrapped is no JSON");
  }
  const jwk = toJWK(value);
  if (jwk.kty === undefined) throw dataError("What was wrapped is no JSON Web Key");
  return jwk;
}

/** The buffer of bytes that nobody else has. */
function bufferOf(bytes: Bytes): ArrayBuffer {
  return TypedArrayPrototypeGetBuffer(bytes);
}

defineInterface(SubtleCrypto, "SubtleCrypto", {
  enumerable: [
    "encrypt",
    "decrypt",
    "sign",
    "verify",
    "digest",
    "generateKey",
    "deriveKey",
    "deriveBits",
    "importKey",
    "exportKey",
    "wrapKey",
    "unwrapKey",
    "timingSafeEqual",
  ],
  length: 0,
});

/** The one object of the class. */
export const subtle = new SubtleCrypto(internal);

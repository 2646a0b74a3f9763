// Algorithms by name, and the dictionaries that they come in.
// https://w3c.github.io/webcrypto/#algorithm-normalization

import { StringPrototypeToUpperCase, TypedArrayPrototypeGetTag, TypedArrayPrototypeSlice, TypeError } from "../core/primordials.ts";
import {
  bufferSource,
  DOMString,
  isBufferSource,
  isObject,
  unsignedLongEnforceRange,
  unsignedShortEnforceRange,
} from "../core/webidl.ts";
import { newDOMException } from "../events/domexception.ts";
import type { Bytes } from "./host.ts";
import { type CryptoKey, isCryptoKey } from "./key.ts";

/** A normalized algorithm: its name as the standard writes it, and the parameters of the operation. */
export interface Algorithm {
  name: string;
  hash?: string;
  iv?: Bytes;
  counter?: Bytes;
  additionalData?: Bytes | undefined;
  label?: Bytes | undefined;
  context?: Bytes | undefined;
  salt?: Bytes;
  info?: Bytes;
  length?: number | undefined;
  tagLength?: number | undefined;
  saltLength?: number;
  iterations?: number;
  modulusLength?: number;
  publicExponent?: Bytes;
  namedCurve?: string;
  public?: CryptoKey;
}

export type Operation =
  | "encrypt"
  | "decrypt"
  | "sign"
  | "verify"
  | "digest"
  | "generateKey"
  | "deriveBits"
  | "importKey"
  | "exportKey"
  | "wrapKey"
  | "unwrapKey"
  | "get key length";

type Given = Readonly<Record<string, unknown>>;
/** Reads a dictionary's members, in their lexicographical order, those of inherited dictionaries first. */
type Reader = (given: Given, into: Algorithm) => void;

const none: Reader = () => {};

const hash: Reader = (given, into) => {
  into.hash = hashName(required(given, "hash"));
};
const iv: Reader = (given, into) => {
  into.iv = copied(required(given, "iv"), "iv");
};
const counter: Reader = (given, into) => {
  into.counter = copied(required(given, "counter"), "counter");
  into.length = octet(required(given, "length"), "length");
};
const gcm: Reader = (given, into) => {
  into.additionalData = optionalBytes(given, "additionalData");
  iv(given, into);
  const { tagLength } = given;
  into.tagLength = tagLength === undefined ? undefined : octet(tagLength, "tagLength");
};
const aesLength: Reader = (given, into) => {
  into.length = unsignedShortEnforceRange(required(given, "length"), "length");
};
const hmac: Reader = (given, into) => {
  hash(given, into);
  const { length } = given;
  into.length = length === undefined ? undefined : unsignedLongEnforceRange(length, "length");
};
const rsaKeys: Reader = (given, into) => {
  into.modulusLength = unsignedLongEnforceRange(required(given, "modulusLength"), "modulusLength");
  const exponent = required(given, "publicExponent");
  if (!isBufferSource(exponent) || TypedArrayPrototypeGetTag(exponent) !== "Uint8Array") {
    throw new TypeError("publicExponent is not a Uint8Array");
  }
  into.publicExponent = copied(exponent, "publicExponent");
  hash(given, into);
};
const label: Reader = (given, into) => {
  into.label = optionalBytes(given, "label");
};
const context: Reader = (given, into) => {
  into.context = optionalBytes(given, "context");
};
const pss: Reader = (given, into) => {
  into.saltLength = unsignedLongEnforceRange(required(given, "saltLength"), "saltLength");
};
const curve: Reader = (given, into) => {
  into.namedCurve = DOMString(required(given, "namedCurve"));
};
const publicKey: Reader = (given, into) => {
  const key = required(given, "public");
  if (!isCryptoKey(key)) throw new TypeError("public is not a CryptoKey");
  into.public = key;
};
const hkdf: Reader = (given, into) => {
  hash(given, into);
  into.info = copied(required(given, "info"), "info");
  into.salt = copied(required(given, "salt"), "salt");
};
const pbkdf2: Reader = (given, into) => {
  hash(given, into);
  into.iterations = unsignedLongEnforceRange(required(given, "iterations"), "iterations");
  into.salt = copied(required(given, "salt"), "salt");
};

/** What of the operations an algorithm has, and what each of them reads. */
type Support = { readonly [operation in Operation]?: Reader };

const aes = { generateKey: aesLength, importKey: none, exportKey: none, "get key length": aesLength };
const rsaSignature = { generateKey: rsaKeys, importKey: hash, exportKey: none };
const edwards = { generateKey: none, importKey: none, exportKey: none };
const montgomery = { generateKey: none, deriveBits: publicKey, importKey: none, exportKey: none };

const algorithms: Readonly<Record<string, Support>> = {
  __proto__: null as never,
  "AES-CBC": { encrypt: iv, decrypt: iv, ...aes },
  "AES-CTR": { encrypt: counter, decrypt: counter, ...aes },
  "AES-GCM": { encrypt: gcm, decrypt: gcm, ...aes },
  "AES-KW": { wrapKey: none, unwrapKey: none, ...aes },
  HMAC: { sign: none, verify: none, generateKey: hmac, importKey: hmac, exportKey: none, "get key length": hmac },
  "RSASSA-PKCS1-v1_5": { sign: none, verify: none, ...rsaSignature },
  "RSA-PSS": { sign: pss, verify: pss, ...rsaSignature },
  "RSA-OAEP": { encrypt: label, decrypt: label, ...rsaSignature },
  ECDSA: { sign: hash, verify: hash, generateKey: curve, importKey: curve, exportKey: none },
  ECDH: { deriveBits: publicKey, generateKey: curve, importKey: curve, exportKey: none },
  Ed25519: { sign: none, verify: none, ...edwards },
  Ed448: { sign: context, verify: context, ...edwards },
  X25519: montgomery,
  X448: montgomery,
  HKDF: { deriveBits: hkdf, importKey: none, "get key length": none },
  PBKDF2: { deriveBits: pbkdf2, importKey: none, "get key length": none },
  "SHA-1": { digest: none },
  "SHA-256": { digest: none },
  "SHA-384": { digest: none },
  "SHA-512": { digest: none },
  "SHA3-256": { digest: none },
  "SHA3-384": { digest: none },
  "SHA3-512": { digest: none },
};

/** The standard's way of writing each name, by the name in capitals. */
const spellings: Record<string, string> = { __proto__: null as never };
for (const name in algorithms) spellings[StringPrototypeToUpperCase(name)] = name;

/** Normalizes an AlgorithmIdentifier. Throws a NotSupportedError for what the operation does not know. */
export function normalize(identifier: unknown, operation: Operation): Algorithm {
  const given: Given = isObject(identifier) ? (identifier as Given) : { __proto__: null as never, name: DOMString(identifier) };
  const asked = DOMString(required(given, "name"));
  const name = spellings[StringPrototypeToUpperCase(asked)];
  const reader = name === undefined ? undefined : algorithms[name]![operation];
  if (reader === undefined) throw notSupported(`'${asked}' is no algorithm for this: ${operation}`);
  const algorithm: Algorithm = { name: name! };
  reader(given, algorithm);
  return algorithm;
}

/** Whether an algorithm has an operation. */
export function supports(name: string, operation: Operation): boolean {
  return algorithms[name]![operation] !== undefined;
}

/** The name of a HashAlgorithmIdentifier. */
export function hashName(identifier: unknown): string {
  return normalize(identifier, "digest").name;
}

function required(given: Given, member: string): unknown {
  const value = given[member];
  if (value === undefined) throw new TypeError(`The algorithm needs the member '${member}'`);
  return value;
}

function optionalBytes(given: Given, member: string): Bytes | undefined {
  const value = given[member];
  return value === undefined ? undefined : copied(value, member);
}

/** A copy of a BufferSource's bytes. */
export function copied(value: unknown, what: string): Bytes {
  return TypedArrayPrototypeSlice(bufferSource(value, what));
}

function octet(value: unknown, what: string): number {
  const number = unsignedShortEnforceRange(value, what);
  if (number > 0xff) throw new TypeError(`${what} is outside the range 0 to 255`);
  return number;
}

export function notSupported(message: string): unknown {
  return newDOMException(message, "NotSupportedError");
}
export function operationError(message: string): unknown {
  return newDOMException(message, "OperationError");
}
export function dataError(message: string): unknown {
  return newDOMException(message, "DataError");
}
export function syntaxError(message: string): unknown {
  return newDOMException(message, "SyntaxError");
}
export function accessError(message: string): unknown {
  return newDOMException(message, "InvalidAccessError");
}

// CryptoKey: https://w3c.github.io/webcrypto/#cryptokey-interface
// A key is its bytes, in the isolate (docs/RATIONALE.md says why): those of a secret key; of a curve, the private
// number or the public point; of RSA, PKCS #8 or SubjectPublicKeyInfo. crypto.go writes and reads them.

import { ArrayPrototypeIncludes, ArrayPrototypeSlice, TypeError, Uint8Array } from "../core/primordials.ts";
import { defineInterface, illegalInvocation, isObject } from "../core/webidl.ts";

export type KeyType = "secret" | "private" | "public";
type Bytes = Uint8Array<ArrayBuffer>;

/** What can be done with keys, in the order in which keys list it. */
export const keyUsages = ["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"] as const;
export type KeyUsage = (typeof keyUsages)[number];

/** The KeyAlgorithm of a key; which members there are depends on the algorithm. */
export interface KeyAlgorithm {
  name: string;
  /** Of AES and HMAC keys, in bits. */
  length?: number;
  hash?: string;
  namedCurve?: string;
  modulusLength?: number;
  publicExponent?: Bytes;
}

/** The internal slots of a key. They do not change. */
export class KeyState {
  constructor(
    readonly type: KeyType,
    readonly extractable: boolean,
    readonly algorithm: KeyAlgorithm,
    readonly usages: readonly KeyUsage[],
    readonly material: Bytes,
  ) {}
}

const internal: unknown = { __proto__: null };

let stateOf!: (key: CryptoKey) => KeyState;
let hasState!: (value: object) => boolean;

export class CryptoKey {
  #state: KeyState;
  #algorithm: object | null = null;
  #usages: KeyUsage[] | null = null;

  static {
    stateOf = (key) => key.#state;
    hasState = (value) => #state in value;
  }

  constructor(token: unknown, state: KeyState) {
    if (token !== internal) throw new TypeError("Illegal constructor");
    this.#state = state;
  }

  get type(): KeyType {
    return this.#get().type;
  }

  get extractable(): boolean {
    return this.#get().extractable;
  }

  get algorithm(): object {
    const { algorithm } = this.#get();
    return (this.#algorithm ??= algorithmObject(algorithm));
  }

  get usages(): KeyUsage[] {
    const { usages } = this.#get();
    return (this.#usages ??= ArrayPrototypeSlice(usages));
  }

  #get(): KeyState {
    if (!(#state in this)) illegalInvocation();
    return this.#state;
  }
}

/** What apps see of an algorithm: ordinary objects, which are theirs to change. */
function algorithmObject(algorithm: KeyAlgorithm): object {
  const { name, length, hash, namedCurve, modulusLength, publicExponent } = algorithm;
  const object: Record<string, unknown> = { name };
  if (modulusLength !== undefined) object.modulusLength = modulusLength;
  if (publicExponent !== undefined) object.publicExponent = new Uint8Array(publicExponent);
  if (hash !== undefined) object.hash = { name: hash };
  if (length !== undefined) object.length = length;
  if (namedCurve !== undefined) object.namedCurve = namedCurve;
  return object;
}

export function newKey(
  type: KeyType,
  extractable: boolean,
  algorithm: KeyAlgorithm,
  usages: readonly KeyUsage[],
  material: Bytes,
): CryptoKey {
  return new CryptoKey(internal, new KeyState(type, extractable, algorithm, normalUsages(usages), material));
}

/** Another object for the same key, as structuredClone makes it. */
export function cloneKey(key: CryptoKey): CryptoKey {
  return new CryptoKey(internal, stateOf(key));
}

/** Each usage once, in their order. */
function normalUsages(usages: readonly KeyUsage[]): KeyUsage[] {
  const list: KeyUsage[] = [];
  for (let i = 0; i < keyUsages.length; i++) {
    if (ArrayPrototypeIncludes(usages, keyUsages[i]!)) list[list.length] = keyUsages[i]!;
  }
  return list;
}

export function isCryptoKey(value: unknown): value is CryptoKey {
  return isObject(value) && hasState(value);
}

export function keyState(key: CryptoKey): KeyState {
  return stateOf(key);
}

defineInterface(CryptoKey, "CryptoKey", { enumerable: ["type", "extractable", "algorithm", "usages"], length: 0 });

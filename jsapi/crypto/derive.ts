// Deriving bits, and how many of them a key needs.

import { TypedArrayPrototypeGetLength, TypedArrayPrototypeSlice, TypeError, Uint8Array } from "../core/primordials.ts";
import { accessError, type Algorithm, operationError } from "./algorithms.ts";
import { callHost, type Bytes, Op } from "./host.ts";
import { type KeyState, keyState } from "./key.ts";

const nothing = new Uint8Array(0);

/** Derives so many bits; null stands for as many as there are. */
export async function deriveBits(algorithm: Algorithm, key: KeyState, length: number | null): Promise<Bytes> {
  switch (algorithm.name) {
    case "HKDF":
    case "PBKDF2":
      return stretch(algorithm, key, length);
    default:
      return agree(algorithm, key, length);
  }
}

async function stretch({ name, hash, salt, info = nothing, iterations = 0 }: Algorithm, key: KeyState, length: number | null): Promise<Bytes> {
  if (length === null || length % 8 !== 0) throw operationError(`${name} derives a number of bits that is a multiple of 8`);
  if (name === "PBKDF2" && iterations === 0) throw operationError("PBKDF2 takes at least one iteration");
  if (length === 0) return new Uint8Array(0);
  const [bits] = await callHost(Op.Derive, {
    texts: [name, hash!],
    words: [iterations, length / 8],
    bytes: [key.material, salt!, info],
  });
  return bits!;
}

async function agree({ name, public: other }: Algorithm, key: KeyState, length: number | null): Promise<Bytes> {
  const peer = keyState(other!);
  if (key.type !== "private") throw accessError("Only a private key derives bits");
  if (peer.type !== "public") throw accessError("The other side's key is not public");
  if (peer.algorithm.name !== name) throw accessError(`The other side's key is one of ${peer.algorithm.name}`);
  const { namedCurve = "" } = key.algorithm;
  if ((peer.algorithm.namedCurve ?? "") !== namedCurve) throw accessError("The other side's key is of another curve");
  const [secret] = await callHost(Op.Derive, { texts: [name, namedCurve], words: [0, 0], bytes: [key.material, peer.material, nothing] });
  return length === null ? secret! : firstBits(secret!, length);
}

function firstBits(bytes: Bytes, length: number): Bytes {
  const bits = TypedArrayPrototypeGetLength(bytes) * 8;
  if (length > bits) throw operationError(`There are ${bits} bits to be derived, and not ${length}`);
  const whole = (length + 7) >>> 3;
  const first = TypedArrayPrototypeSlice(bytes, 0, whole);
  if (length % 8 !== 0) first[whole - 1]! &= 0xff << (8 - (length % 8));
  return first;
}

/** "Get key length": the bits that a key of the algorithm needs, or null for any. */
export function keyLength({ name, hash, length }: Algorithm): number | null {
  switch (name) {
    case "HKDF":
    case "PBKDF2":
      return null;
    case "HMAC":
      if (length === 0) throw new TypeError("HMAC: the length must not be 0");
      return length ?? blockBits(hash!);
    default:
      if (length !== 128 && length !== 192 && length !== 256) throw operationError("An AES key has 128, 192 or 256 bits");
      return length;
  }
}

/** The bits of a hash function's block, the length of a key of HMAC if nothing else is said. */
export function blockBits(hash: string): number {
  switch (hash) {
    case "SHA-384":
    case "SHA-512":
      return 1024;
    case "SHA3-256":
      return 1088;
    case "SHA3-384":
      return 832;
    case "SHA3-512":
      return 576;
    default:
      return 512;
  }
}

// RSA (RFC 8017), in whole numbers of JavaScript. They take a time that depends on their values, so that
// what is done with a private key is blinded: nobody who sees the times knows the numbers.
import { bytesOfNumber, type Bytes, concat, equalBytes, failure, numberOf } from "./bytes.ts";
import { element, nothing, OCTET_STRING, oid, sequence } from "./der.ts";
import { hashOf } from "./hash.ts";
import { randomBytes } from "./random.ts";

export interface RSAKey {
  kind: "rsa";
  n: bigint;
  e: bigint;
  secret?: { d: bigint; p: bigint; q: bigint; dp: bigint; dq: bigint; qi: bigint };
}

/** What stands for a hash in a PKCS #1 signature (RFC 8017, appendix B.1). */
const digestOIDs: Record<string, string> = {
  md5: "2a864886f70d0205",
  sha1: "2b0e03021a",
  sha224: "608648016503040204",
  sha256: "608648016503040201",
  sha384: "608648016503040202",
  sha512: "608648016503040203",
};

export const sizeOf = (key: RSAKey): number => Math.ceil(key.n.toString(16).length / 2);

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let value = 1n;
  let factor = base % modulus;
  for (const digit of [...exponent.toString(2)].reverse()) {
    if (digit === "1") value = (value * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return value;
}

/** The inverse, by the extended Euclidean algorithm; 0 when there is none. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (a > 0n) [a, b, x, y] = [b % a, a, y - (b / a) * x, x];
  return b === 1n ? ((y % modulus) + modulus) % modulus : 0n;
}

/** RSAVP1: what was signed. */
function open(key: RSAKey, signature: Uint8Array): Bytes | undefined {
  const value = numberOf(signature);
  if (signature.length !== sizeOf(key) || value >= key.n) return undefined;
  return bytesOfNumber(power(value, key.e, key.n), sizeOf(key));
}

/** RSASP1, blinded, by the Chinese remainder theorem, and checked: a wrong result would give the key away. */
function seal(key: RSAKey, message: Uint8Array): Bytes {
  const { n, e } = key;
  const { p, q, dp, dq, qi } = key.secret!;
  const value = numberOf(message);
  let blind: bigint;
  let unblind: bigint;
  do {
    blind = numberOf(randomBytes(sizeOf(key))) % n;
    unblind = inverse(blind, n);
  } while (unblind === 0n);
  const blinded = (value * power(blind, e, n)) % n;
  const a = power(blinded, dp, p);
  const b = power(blinded, dq, q);
  const signed = b + q * ((((a - b) % p + p) * qi) % p);
  const sealed = (signed * unblind) % n;
  if (power(sealed, e, n) !== value) throw failure("ERR_OSSL_RSA_INVALID_KEY", "The private key does not fit the public one");
  return bytesOfNumber(sealed, sizeOf(key));
}

/** EMSA-PKCS1-v1_5. */
function pkcs1(hash: string, digest: Uint8Array, size: number): Bytes {
  const id = digestOIDs[hash];
  if (id === undefined) throw failure("ERR_OSSL_RSA_UNKNOWN_ALGORITHM_TYPE", `There are no PKCS #1 signatures with ${hash}`);
  const info = sequence(sequence(oid(id), nothing), element(OCTET_STRING, digest));
  if (size < info.length + 11) throw failure("ERR_OSSL_RSA_DIGEST_TOO_BIG_FOR_RSA_KEY", "The key is too short for this hash");
  const padding = new Uint8Array(size - info.length - 3).fill(0xff);
  return concat(Uint8Array.of(0, 1), padding, Uint8Array.of(0), info);
}

export const signPKCS1 = (key: RSAKey, hash: string, digest: Uint8Array): Bytes => seal(key, pkcs1(hash, digest, sizeOf(key)));

export function verifyPKCS1(key: RSAKey, hash: string, digest: Uint8Array, signature: Uint8Array): boolean {
  const message = open(key, signature);
  return message !== undefined && equalBytes(message, pkcs1(hash, digest, sizeOf(key)));
}

/** MGF1, over what it masks. */
function mask(hash: string, seed: Uint8Array, target: Uint8Array): void {
  for (let at = 0, counter = 0; at < target.length; counter++) {
    const block: Uint8Array = hashOf(hash)(concat(seed, bytesOfNumber(BigInt(counter), 4)));
    for (let i = 0; i < block.length && at < target.length; i++) target[at++]! ^= block[i]!;
  }
}

/** EMSA-PSS: one bit less than the modulus has. */
const bitsOf = (key: RSAKey): number => key.n.toString(2).length - 1;

export function signPSS(key: RSAKey, hash: string, digest: Uint8Array, saltLength: number): Bytes {
  const size = Math.ceil(bitsOf(key) / 8);
  const room = size - digest.length - saltLength - 2;
  if (room < 0) throw failure("ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE", "The key is too short for this hash and salt");
  const salt = randomBytes(saltLength);
  const sealed: Uint8Array = hashOf(hash)(concat(new Uint8Array(8), digest, salt));
  const block = concat(new Uint8Array(room), Uint8Array.of(1), salt);
  mask(hash, sealed, block);
  block[0]! &= 0xff >> (8 * size - bitsOf(key));
  return seal(key, concat(block, sealed, Uint8Array.of(0xbc)));
}

/** A negative saltLength takes a salt of any length. */
export function verifyPSS(key: RSAKey, hash: string, digest: Uint8Array, saltLength: number, signature: Uint8Array): boolean {
  const size = Math.ceil(bitsOf(key) / 8);
  const opened = open(key, signature);
  if (opened === undefined || opened.length > size && opened[0] !== 0) return false;
  const message = opened.subarray(opened.length - size);
  const room = size - digest.length - 1;
  if (room < 1 || message[size - 1] !== 0xbc) return false;
  const sealed = message.subarray(room, size - 1);
  const block = message.slice(0, room);
  const kept = 0xff >> (8 * size - bitsOf(key));
  if ((block[0]! & ~kept) !== 0) return false;
  mask(hash, sealed, block);
  block[0]! &= kept;
  const one = block.findIndex((byte) => byte !== 0);
  if (one < 0 || block[one] !== 1) return false;
  const salt = block.subarray(one + 1);
  if (saltLength >= 0 && salt.length !== saltLength) return false;
  return equalBytes(sealed, hashOf(hash)(concat(new Uint8Array(8), digest, salt)));
}

/** The longest salt that a key has room for. */
export const longestSalt = (key: RSAKey, digest: Uint8Array): number => Math.ceil(bitsOf(key) / 8) - digest.length - 2;

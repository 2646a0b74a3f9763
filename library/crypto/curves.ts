// Elliptic curves: those of @noble/curves, which are made when a key is first used: making them takes milliseconds.
import { type Bytes, failure } from "./bytes.ts";

export interface ECKey {
  kind: "ec";
  curve: Curve;
  /** Uncompressed: 4, x, y. */
  point: Uint8Array;
  secret?: Uint8Array;
}

export interface EdwardsKey {
  kind: "ed25519" | "x25519";
  point: Uint8Array;
  secret?: Uint8Array;
}

export interface Curve {
  /** As OpenSSL, and so Node, calls it. */
  name: string;
  jwk: string;
  oid: string;
  /** The bytes of a coordinate. */
  size: number;
  get: () => any;
}

declare const require: (name: string) => any;

const curves: Curve[] = [
  { name: "prime256v1", jwk: "P-256", oid: "2a8648ce3d030107", size: 32, get: () => require("@noble/curves/nist.js").p256 },
  { name: "secp384r1", jwk: "P-384", oid: "2b81040022", size: 48, get: () => require("@noble/curves/nist.js").p384 },
  { name: "secp521r1", jwk: "P-521", oid: "2b81040023", size: 66, get: () => require("@noble/curves/nist.js").p521 },
  { name: "secp256k1", jwk: "secp256k1", oid: "2b8104000a", size: 32, get: () => require("@noble/curves/secp256k1.js").secp256k1 },
];

export const getCurves = (): string[] => curves.map((curve) => curve.name);

/** The curve of a name or an object identifier. */
export function curveOf(name: string): Curve {
  const found = curves.find((curve) => curve.name === name || curve.jwk === name || curve.oid === name);
  if (found !== undefined) return found;
  throw failure("ERR_CRYPTO_INVALID_CURVE", `There is no curve "${name}" here; there are ${getCurves().join(", ")}`, TypeError);
}

/** A key of a curve; of a secret alone, its point is computed. */
export function ecKey(curve: Curve, secret: Uint8Array | undefined, point?: Uint8Array): ECKey {
  const of = curve.get();
  try {
    const full = point === undefined ? of.getPublicKey(secret, false) : of.Point.fromBytes(point).toBytes(false);
    return { kind: "ec", curve, point: full, ...(secret !== undefined && { secret }) };
  } catch {
    throw failure("ERR_OSSL_EC_INVALID_ENCODING", "The key is not one of its curve");
  }
}

export function edwardsKey(kind: "ed25519" | "x25519", secret: Uint8Array | undefined, point?: Uint8Array): EdwardsKey {
  const made = point ?? edwards(kind).getPublicKey(secret!);
  if (made.length !== 32 || (secret !== undefined && secret.length !== 32)) throw failure("ERR_OSSL_EVP_INVALID_KEY_LENGTH", "The key has the wrong length");
  return { kind, point: made, ...(secret !== undefined && { secret }) };
}

export function edwards(kind: "ed25519" | "x25519"): any {
  return require("@noble/curves/ed25519.js")[kind];
}

export function signECDSA(key: ECKey, digest: Uint8Array, format: "der" | "compact"): Bytes {
  return key.curve.get().sign(digest, key.secret, { prehash: false, lowS: false, extraEntropy: true, format });
}

export function verifyECDSA(key: ECKey, digest: Uint8Array, signature: Uint8Array, format: "der" | "compact"): boolean {
  try {
    return key.curve.get().verify(signature, digest, key.point, { prehash: false, lowS: false, format });
  } catch {
    return false; // a signature that is none
  }
}

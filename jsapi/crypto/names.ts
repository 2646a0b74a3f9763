// What is known of each kind of algorithm: its keys' usages and its names in JSON Web Keys.

import { StringPrototypeSlice } from "../core/primordials.ts";
import type { KeyAlgorithm, KeyType, KeyUsage } from "./key.ts";

/** Kinds of algorithms whose keys look the same. */
export type Family = "AES" | "HMAC" | "RSA" | "EC" | "OKP" | "KDF";

export function familyOf(name: string): Family {
  switch (name) {
    case "AES-CBC":
    case "AES-CTR":
    case "AES-GCM":
    case "AES-KW":
      return "AES";
    case "HMAC":
      return "HMAC";
    case "RSASSA-PKCS1-v1_5":
    case "RSA-PSS":
    case "RSA-OAEP":
      return "RSA";
    case "ECDSA":
    case "ECDH":
      return "EC";
    case "HKDF":
    case "PBKDF2":
      return "KDF";
    default:
      return "OKP";
  }
}

const noUsage: readonly KeyUsage[] = [];
const signing: readonly KeyUsage[] = ["sign"];
const verifying: readonly KeyUsage[] = ["verify"];
const deriving: readonly KeyUsage[] = ["deriveKey", "deriveBits"];

/** The usages that a key of a type may have. */
export function allowedUsages(name: string, type: KeyType): readonly KeyUsage[] {
  const isPublic = type === "public";
  switch (name) {
    case "AES-CBC":
    case "AES-CTR":
    case "AES-GCM":
      return ["encrypt", "decrypt", "wrapKey", "unwrapKey"];
    case "AES-KW":
      return ["wrapKey", "unwrapKey"];
    case "HMAC":
      return ["sign", "verify"];
    case "RSA-OAEP":
      return isPublic ? ["encrypt", "wrapKey"] : ["decrypt", "unwrapKey"];
    case "ECDH":
    case "X25519":
    case "X448":
      return isPublic ? noUsage : deriving;
    case "HKDF":
    case "PBKDF2":
      return deriving;
    default:
      return isPublic ? verifying : signing;
  }
}

/** What a JSON Web Key of the algorithm may say in "use". */
export function jwkUse(name: string): string {
  return allowedUsages(name, "private") === signing || name === "HMAC" ? "sig" : "enc";
}

/** The "alg" of a JSON Web Key, or undefined where there is none. length is an AES key's, in bits. */
export function jwkAlg({ name, hash = "", namedCurve }: KeyAlgorithm, length: number): string | undefined {
  const digits = StringPrototypeSlice(hash, 4);
  switch (name) {
    case "HMAC":
      return `HS${digits}`;
    case "RSASSA-PKCS1-v1_5":
      return `RS${digits}`;
    case "RSA-PSS":
      return `PS${digits}`;
    case "RSA-OAEP":
      return digits === "1" ? "RSA-OAEP" : `RSA-OAEP-${digits}`;
    case "ECDSA":
      return namedCurve === "P-521" ? "ES512" : namedCurve === "P-384" ? "ES384" : "ES256";
    case "Ed25519":
    case "Ed448":
      return name;
    default:
      return familyOf(name) === "AES" ? `A${length}${StringPrototypeSlice(name, 4)}` : undefined;
  }
}

export function isCurve(name: string | undefined): boolean {
  return name === "P-256" || name === "P-384" || name === "P-521";
}

// Importing keys: https://w3c.github.io/webcrypto/#SubtleCrypto-method-importKey and the sections "Import Key" of the algorithms

import { ArrayPrototypeIncludes, StringPrototypeStartsWith, TypedArrayPrototypeGetLength, TypedArrayPrototypeSlice, Uint8Array } from "../core/primordials.ts";
import { type Algorithm, dataError, notSupported, syntaxError } from "./algorithms.ts";
import { callHost, type Bytes, Op } from "./host.ts";
import { checkJWK, type JWK, jwkBytes } from "./jwk.ts";
import { type CryptoKey, type KeyAlgorithm, type KeyType, type KeyUsage, newKey } from "./key.ts";
import { allowedUsages, familyOf, isCurve, jwkAlg, jwkUse } from "./names.ts";

export type Format = "raw" | "pkcs8" | "spki" | "jwk";

/** A key to be imported, whose arguments have been converted. */
export interface Import {
  format: Format;
  data: Bytes | JWK;
  algorithm: Algorithm;
  extractable: boolean;
  usages: readonly KeyUsage[];
}

/** Imports a key, which must be good for something. */
export async function importKey(request: Import): Promise<CryptoKey> {
  switch (familyOf(request.algorithm.name)) {
    case "AES":
      return importAES(request);
    case "HMAC":
      return importHMAC(request);
    case "KDF":
      return importKDF(request);
    default:
      return importPair(request);
  }
}

/** Throws a SyntaxError for usages that a key of the type cannot have, or for none. */
export function checkUsages(name: string, type: KeyType, usages: readonly KeyUsage[]): void {
  const allowed = allowedUsages(name, type);
  for (let i = 0; i < usages.length; i++) {
    if (!ArrayPrototypeIncludes(allowed, usages[i]!)) throw syntaxError(`A ${type} key of ${name} cannot be used to ${usages[i]!}`);
  }
}

function requireUsages(usages: readonly KeyUsage[]): void {
  if (usages.length === 0) throw syntaxError("The key would have no usage");
}

// ── secret keys ──

function importAES({ format, data, algorithm: { name }, extractable, usages }: Import): CryptoKey {
  checkUsages(name, "secret", usages);
  const material = secretBytes(format, data, name, usages, extractable);
  const length = TypedArrayPrototypeGetLength(material) * 8;
  if (length !== 128 && length !== 192 && length !== 256) throw dataError(`An AES key has 128, 192 or 256 bits, not ${length}`);
  const algorithm = { name, length };
  if (format === "jwk") checkAlg(data as JWK, jwkAlg(algorithm, length));
  requireUsages(usages);
  return newKey("secret", extractable, algorithm, usages, material);
}

function importHMAC({ format, data, algorithm: { name, hash, length: wanted }, extractable, usages }: Import): CryptoKey {
  checkUsages(name, "secret", usages);
  let material = secretBytes(format, data, name, usages, extractable);
  const bits = TypedArrayPrototypeGetLength(material) * 8;
  const length = wanted ?? bits;
  const algorithm = { name, hash: hash!, length };
  if (format === "jwk") checkAlg(data as JWK, jwkAlg(algorithm, length));
  if (bits === 0) throw dataError("A key of HMAC has at least one bit");
  if (length > bits || length <= bits - 8) throw dataError(`The key has ${bits} bits, not ${length}`);
  if (length % 8 !== 0) {
    material = TypedArrayPrototypeSlice(material);
    material[bits / 8 - 1]! &= 0xff << (8 - (length % 8));
  }
  requireUsages(usages);
  return newKey("secret", extractable, algorithm, usages, material);
}

function importKDF({ format, data, algorithm: { name }, extractable, usages }: Import): CryptoKey {
  if (format !== "raw") throw notSupported(`${name} has raw keys alone`);
  checkUsages(name, "secret", usages);
  if (extractable) throw syntaxError(`A key of ${name} cannot be extractable`);
  requireUsages(usages);
  return newKey("secret", false, { name }, usages, data as Bytes);
}

function secretBytes(format: Format, data: Bytes | JWK, name: string, usages: readonly KeyUsage[], extractable: boolean): Bytes {
  if (format === "raw") return data as Bytes;
  if (format !== "jwk") throw notSupported(`${name} has no keys in the form ${format}`);
  const jwk = data as JWK;
  if (jwk.kty !== "oct") throw dataError('The key\'s kty is not "oct"');
  const material = jwkBytes(jwk, "k");
  checkJWK(jwk, "oct", jwkUse(name), usages, extractable);
  return material;
}

function checkAlg(jwk: JWK, alg: string | undefined): void {
  if (jwk.alg !== undefined && alg !== undefined && jwk.alg !== alg) throw dataError(`The key's alg is not "${alg}"`);
}

// ── private and public keys ──

async function importPair({ format, data, algorithm, extractable, usages }: Import): Promise<CryptoKey> {
  const { name, namedCurve = "" } = algorithm;
  const family = familyOf(name);
  if (format === "raw" && family === "RSA") throw notSupported("RSA has no raw keys");
  const jwk = format === "jwk" ? (data as JWK) : undefined;
  const type = format === "pkcs8" || (jwk !== undefined && jwk.d !== undefined) ? "private" : "public";
  if (jwk === undefined && family === "EC" && !isCurve(namedCurve)) {
    if (format === "raw") throw dataError(`There is no curve ${namedCurve}`);
  }
  checkUsages(name, type, usages);
  if (jwk !== undefined) checkPair(jwk, algorithm, usages, extractable);
  const bytes = jwk === undefined ? [data as Bytes] : pairBytes(jwk, family, type);
  if (family === "EC" && !isCurve(namedCurve)) throw dataError(`There is no curve ${namedCurve}`);
  const [material, exponent, modulus] = await callHost(Op.Import, { texts: [name, namedCurve, type, format], words: [bytes.length], bytes });
  if (type === "private") requireUsages(usages);
  const described: KeyAlgorithm = { name };
  if (family === "EC") described.namedCurve = namedCurve;
  if (family === "RSA") describeRSA(described, algorithm.hash!, exponent!, modulus!);
  return newKey(type, extractable, described, usages, material!);
}

/** Completes the algorithm of an RSA key. modulus: the number of its bits, in four bytes, the least first. */
export function describeRSA(algorithm: KeyAlgorithm, hash: string, exponent: Bytes, modulus: Uint8Array): void {
  algorithm.modulusLength = modulus[0]! | (modulus[1]! << 8) | (modulus[2]! << 16);
  algorithm.publicExponent = exponent;
  algorithm.hash = hash;
}

function checkPair(jwk: JWK, { name, hash, namedCurve }: Algorithm, usages: readonly KeyUsage[], extractable: boolean): void {
  const family = familyOf(name);
  checkJWK(jwk, family, jwkUse(name), usages, extractable);
  switch (family) {
    case "RSA":
      checkAlg(jwk, jwkAlg({ name, hash: hash! }, 0));
      if (jwk.oth !== undefined) throw notSupported("Keys of RSA with more than two primes are not supported");
      return;
    case "EC":
      if (jwk.crv !== namedCurve) throw dataError(`The key's crv is not "${namedCurve}"`);
      if (name === "ECDSA") checkAlg(jwk, jwkAlg({ name, namedCurve: namedCurve! }, 0));
      return;
    default:
      if (jwk.crv !== name) throw dataError(`The key's crv is not "${name}"`);
      if (StringPrototypeStartsWith(name, "Ed") && jwk.alg !== undefined && jwk.alg !== "EdDSA") checkAlg(jwk, name);
  }
}

/** The members of a JSON Web Key in the order in which crypto.go takes them. */
function pairBytes(jwk: JWK, family: string, type: KeyType): Bytes[] {
  const isPrivate = type === "private";
  switch (family) {
    case "RSA": {
      const list = [jwkBytes(jwk, "n"), jwkBytes(jwk, "e")];
      if (!isPrivate) return list;
      return [list[0]!, list[1]!, jwkBytes(jwk, "d"), jwkBytes(jwk, "p"), jwkBytes(jwk, "q"), jwkBytes(jwk, "dp"), jwkBytes(jwk, "dq"), jwkBytes(jwk, "qi")];
    }
    case "EC": {
      const x = jwkBytes(jwk, "x");
      const y = jwkBytes(jwk, "y");
      return isPrivate ? [x, y, jwkBytes(jwk, "d")] : [x, y];
    }
    default: {
      const x = jwkBytes(jwk, "x");
      return isPrivate ? [x, jwkBytes(jwk, "d")] : [x];
    }
  }
}

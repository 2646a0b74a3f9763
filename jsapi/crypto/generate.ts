// Generating keys: https://w3c.github.io/webcrypto/#SubtleCrypto-method-generateKey and the sections "Generate Key" of the algorithms

import { ArrayPrototypeIncludes, MathCeil, Uint8Array } from "../core/primordials.ts";
import { type Algorithm, notSupported, operationError, syntaxError } from "./algorithms.ts";
import { blockBits } from "./derive.ts";
import { callHost, Op } from "./host.ts";
import { checkUsages, describeRSA } from "./import.ts";
import { type CryptoKey, type KeyAlgorithm, type KeyUsage, newKey } from "./key.ts";
import { allowedUsages, familyOf, isCurve } from "./names.ts";

const { randomFill } = __host;

interface CryptoKeyPair {
  publicKey: CryptoKey;
  privateKey: CryptoKey;
}

/** Generates a secret key, or a pair. */
export async function generateKey(algorithm: Algorithm, extractable: boolean, usages: readonly KeyUsage[]): Promise<CryptoKey | CryptoKeyPair> {
  const { name, length, hash } = algorithm;
  switch (familyOf(name)) {
    case "AES":
      checkUsages(name, "secret", usages);
      if (length !== 128 && length !== 192 && length !== 256) throw operationError("An AES key has 128, 192 or 256 bits");
      return generateSecret({ name, length }, extractable, usages);
    case "HMAC":
      checkUsages(name, "secret", usages);
      if (length === 0) throw operationError("A key of HMAC has at least one bit");
      return generateSecret({ name, hash: hash!, length: length ?? blockBits(hash!) }, extractable, usages);
    default:
      return generatePair(algorithm, extractable, usages);
  }
}

function generateSecret(algorithm: KeyAlgorithm, extractable: boolean, usages: readonly KeyUsage[]): CryptoKey {
  if (usages.length === 0) throw syntaxError("The key would have no usage");
  const bits = algorithm.length!;
  if (bits > 1 << 20) throw operationError(`A key of ${bits} bits is too long`);
  const material = new Uint8Array(MathCeil(bits / 8));
  randomFill(material);
  if (bits % 8 !== 0) material[material.length - 1]! &= 0xff << (8 - (bits % 8));
  return newKey("secret", extractable, algorithm, usages, material);
}

async function generatePair(algorithm: Algorithm, extractable: boolean, usages: readonly KeyUsage[]): Promise<CryptoKeyPair> {
  const { name, namedCurve = "", modulusLength = 0, publicExponent = new Uint8Array(0), hash } = algorithm;
  const family = familyOf(name);
  const forPublic = allowedUsages(name, "public");
  const forPrivate = allowedUsages(name, "private");
  for (let i = 0; i < usages.length; i++) {
    const isAllowed = ArrayPrototypeIncludes(forPublic, usages[i]!) || ArrayPrototypeIncludes(forPrivate, usages[i]!);
    if (!isAllowed) throw syntaxError(`Keys of ${name} cannot be used to ${usages[i]!}`);
  }
  if (family === "EC" && !isCurve(namedCurve)) throw notSupported(`There is no curve ${namedCurve}`);
  const privateUsages = both(usages, forPrivate);
  const check = family !== "RSA"; // whose parameters are looked at first
  if (check && privateUsages.length === 0) throw syntaxError("The private key would have no usage");
  const [secret, open, exponent, modulus] = await callHost(Op.Generate, {
    texts: [name, namedCurve],
    words: [modulusLength],
    bytes: [publicExponent],
  });
  if (privateUsages.length === 0) throw syntaxError("The private key would have no usage");
  const described: KeyAlgorithm = { name };
  if (family === "EC") described.namedCurve = namedCurve;
  if (family === "RSA") describeRSA(described, hash!, exponent!, modulus!);
  return {
    publicKey: newKey("public", true, described, both(usages, forPublic), open!),
    privateKey: newKey("private", extractable, described, privateUsages, secret!),
  };
}

function both(usages: readonly KeyUsage[], allowed: readonly KeyUsage[]): KeyUsage[] {
  const list: KeyUsage[] = [];
  for (let i = 0; i < usages.length; i++) {
    if (ArrayPrototypeIncludes(allowed, usages[i]!)) list[list.length] = usages[i]!;
  }
  return list;
}

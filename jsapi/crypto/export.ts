// Exporting keys: https://w3c.github.io/webcrypto/#SubtleCrypto-method-exportKey and the sections "Export Key" of the algorithms

import { ArrayPrototypeSlice, TypedArrayPrototypeGetLength, TypedArrayPrototypeSlice } from "../core/primordials.ts";
import { accessError, notSupported } from "./algorithms.ts";
import { callHost, type Bytes, Op } from "./host.ts";
import type { Format } from "./import.ts";
import { encodeBase64URL, type JWK } from "./jwk.ts";
import { type CryptoKey, keyState, type KeyState } from "./key.ts";
import { familyOf, jwkAlg } from "./names.ts";

/** Exports a key, which is extractable. */
export async function exportKey(format: Format, key: CryptoKey): Promise<Bytes | JWK> {
  const state = keyState(key);
  if (state.type === "secret") return exportSecret(format, state);
  if ((format === "spki" || format === "raw") && state.type !== "public") throw accessError(`A private key has no form ${format}`);
  if (format === "pkcs8" && state.type !== "private") throw accessError("A public key has no form pkcs8");
  const { name, namedCurve = "" } = state.algorithm;
  if (format === "raw" && familyOf(name) === "RSA") throw notSupported("RSA has no raw keys");
  const fields = await callHost(Op.Export, { texts: [name, namedCurve, state.type, format], bytes: [state.material] });
  return format === "jwk" ? pairJWK(state, fields) : fields[0]!;
}

function exportSecret(format: Format, { algorithm, usages, extractable, material }: KeyState): Bytes | JWK {
  if (format === "raw") return TypedArrayPrototypeSlice(material);
  if (format !== "jwk") throw notSupported(`${algorithm.name} has no keys in the form ${format}`);
  return {
    kty: "oct",
    k: encodeBase64URL(material),
    alg: jwkAlg(algorithm, TypedArrayPrototypeGetLength(material) * 8)!,
    key_ops: ArrayPrototypeSlice(usages),
    ext: extractable,
  };
}

/** Makes a JSON Web Key of the members, which are in the order in which crypto.go gives them. */
function pairJWK({ type, algorithm, usages, extractable }: KeyState, fields: readonly Bytes[]): JWK {
  const family = familyOf(algorithm.name);
  const jwk: JWK = { kty: family };
  if (family === "EC") jwk.crv = algorithm.namedCurve!;
  if (family === "OKP") jwk.crv = algorithm.name;
  const names = family === "RSA" ? (["n", "e", "d", "p", "q", "dp", "dq", "qi"] as const) : family === "EC" ? (["x", "y", "d"] as const) : (["x", "d"] as const);
  const count = type === "private" ? names.length : family === "OKP" ? 1 : 2;
  for (let i = 0; i < count; i++) jwk[names[i]!] = encodeBase64URL(fields[i]!);
  const alg = algorithm.name === "ECDSA" ? undefined : jwkAlg(algorithm, 0);
  if (alg !== undefined) jwk.alg = alg;
  jwk.key_ops = ArrayPrototypeSlice(usages);
  jwk.ext = extractable;
  return jwk;
}

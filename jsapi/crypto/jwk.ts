// JSON Web Keys (RFC 7517, RFC 7518), as far as they are the same for all algorithms.

import { ArrayPrototypeIncludes, SafeSet, StringFromCharCode, StringPrototypeCharCodeAt } from "../core/primordials.ts";
import { boolean, dictionary, DOMString, toSequence } from "../core/webidl.ts";
import { decodeBase64, encodeBase64 } from "../encoding/base64.ts";
import { dataError } from "./algorithms.ts";
import type { Bytes } from "./host.ts";
import type { KeyUsage } from "./key.ts";

/** The dictionary JsonWebKey. */
export interface JWK {
  alg?: string;
  crv?: string;
  d?: string;
  dp?: string;
  dq?: string;
  e?: string;
  ext?: boolean;
  k?: string;
  key_ops?: readonly string[];
  kty?: string;
  n?: string;
  oth?: readonly unknown[];
  p?: string;
  q?: string;
  qi?: string;
  use?: string;
  x?: string;
  y?: string;
}

const members = ["alg", "crv", "d", "dp", "dq", "e", "ext", "k", "key_ops", "kty", "n", "oth", "p", "q", "qi", "use", "x", "y"] as const;

/** Converts a value to the dictionary. */
export function toJWK(value: unknown): JWK {
  const given = dictionary(value, "The key");
  const jwk: Record<string, unknown> = { __proto__: null };
  for (let i = 0; i < members.length; i++) {
    const name = members[i]!;
    const member = given[name];
    if (member === undefined) continue;
    if (name === "ext") jwk[name] = boolean(member);
    else if (name === "key_ops") jwk[name] = toSequence(member, DOMString, "key_ops");
    else if (name === "oth") jwk[name] = toSequence(member, (item) => item, "oth");
    else jwk[name] = DOMString(member);
  }
  return jwk as JWK;
}

/** What every key has to be. use is what the member "use" must say, if it is there. */
export function checkJWK(jwk: JWK, kty: string, use: string, usages: readonly KeyUsage[], extractable: boolean): void {
  if (jwk.kty !== kty) throw dataError(`The key's kty is not "${kty}"`);
  if (usages.length > 0 && jwk.use !== undefined && jwk.use !== use) throw dataError(`The key's use is not "${use}"`);
  if (jwk.key_ops !== undefined) checkOps(jwk.key_ops, usages);
  if (jwk.ext === false && extractable) throw dataError("The key says that it is not extractable");
}

function checkOps(ops: readonly string[], usages: readonly KeyUsage[]): void {
  const seen = new SafeSet<string>();
  for (let i = 0; i < ops.length; i++) {
    if (seen.has(ops[i]!)) throw dataError("The key's key_ops name an operation twice");
    seen.add(ops[i]!);
  }
  for (let i = 0; i < usages.length; i++) {
    if (!ArrayPrototypeIncludes(ops, usages[i]!)) throw dataError(`The key's key_ops lack "${usages[i]!}"`);
  }
}

/** The bytes of a member, which has to be there. */
export function jwkBytes(jwk: JWK, name: "d" | "dp" | "dq" | "e" | "k" | "n" | "p" | "q" | "qi" | "x" | "y"): Bytes {
  const text = jwk[name];
  const bytes = text === undefined ? null : decodeBase64URL(text);
  if (bytes === null) throw dataError(`The key's member "${name}" is ${text === undefined ? "missing" : "no base64url"}`);
  return bytes;
}

/** Base64url without padding (RFC 4648 §5), or null. */
function decodeBase64URL(text: string): Bytes | null {
  let plain = "";
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    const isDigit = (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
    if (isDigit) plain += StringFromCharCode(unit);
    else if (unit === 0x2d) plain += "+";
    else if (unit === 0x5f) plain += "/";
    else return null;
  }
  return decodeBase64(plain);
}

export function encodeBase64URL(bytes: Uint8Array): string {
  const text = encodeBase64(bytes);
  let url = "";
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    if (unit === 0x3d) break;
    url += unit === 0x2b ? "-" : unit === 0x2f ? "_" : StringFromCharCode(unit);
  }
  return url;
}

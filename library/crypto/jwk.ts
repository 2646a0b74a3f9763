// Keys as JSON (RFC 7517, 7518, 8037).
import { Buffer } from "node:buffer";
import { bytesOfNumber, concat, failure, numberOf } from "./bytes.ts";
import { curveOf, ecKey, edwardsKey } from "./curves.ts";
import type { Numbers } from "./keys.ts";

const invalid = (): Error => failure("ERR_CRYPTO_INVALID_JWK", "Invalid JWK data", TypeError);

function bytes(text: unknown): Uint8Array {
  if (typeof text !== "string") throw invalid();
  return Buffer.from(text, "base64url");
}

const number = (text: unknown): bigint => numberOf(bytes(text));
const text = (of: Uint8Array): string => Buffer.from(of).toString("base64url");

export function fromJWK(jwk: JsonWebKey): Numbers {
  switch (jwk.kty) {
    case "RSA":
      return {
        kind: "rsa",
        n: number(jwk.n),
        e: number(jwk.e),
        ...(jwk.d !== undefined && { secret: { d: number(jwk.d), p: number(jwk.p), q: number(jwk.q), dp: number(jwk.dp), dq: number(jwk.dq), qi: number(jwk.qi) } }),
      };
    case "EC":
      return ecKey(curveOf(jwk.crv ?? ""), jwk.d === undefined ? undefined : bytes(jwk.d), concat(Uint8Array.of(4), bytes(jwk.x), bytes(jwk.y)));
    case "OKP":
      if (jwk.crv !== "Ed25519" && jwk.crv !== "X25519") throw invalid();
      return edwardsKey(jwk.crv === "Ed25519" ? "ed25519" : "x25519", jwk.d === undefined ? undefined : bytes(jwk.d), bytes(jwk.x));
    default:
      throw invalid();
  }
}

export function toJWK(key: Numbers, isPrivate: boolean): JsonWebKey {
  if (key.kind === "rsa") {
    const jwk: Record<string, string> = { kty: "RSA", n: text(bytesOfNumber(key.n)), e: text(bytesOfNumber(key.e)) };
    if (isPrivate) for (const [name, value] of Object.entries(key.secret!)) jwk[name] = text(bytesOfNumber(value));
    return jwk;
  }
  const secret = isPrivate && { d: text(key.secret!) };
  if (key.kind === "ec") {
    const { jwk: crv, size } = key.curve;
    return { kty: "EC", crv, x: text(key.point.subarray(1, 1 + size)), y: text(key.point.subarray(1 + size)), ...secret };
  }
  return { kty: "OKP", crv: key.kind === "ed25519" ? "Ed25519" : "X25519", x: text(key.point), ...secret };
}

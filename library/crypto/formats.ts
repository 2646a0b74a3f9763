// Keys in DER: SubjectPublicKeyInfo (RFC 5280), PKCS #8 (RFC 5208), PKCS #1 (RFC 8017), SEC 1 (RFC 5915).
import { type Bytes, concat, failure } from "./bytes.ts";
import { curveOf, type Curve, ecKey, edwardsKey } from "./curves.ts";
import { bits, element, integer, malformed, nothing, OCTET_STRING, oid, Reader, sequence } from "./der.ts";
import type { Numbers } from "./keys.ts";
import type { RSAKey } from "./rsa.ts";

const RSA = "2a864886f70d010101";
const EC = "2a8648ce3d0201";
const ED25519 = "2b6570";
const X25519 = "2b656e";
/** What holds parameters and a public point in a key of SEC 1, and what follows in PKCS #8. */
const EXPLICIT_0 = 0xa0;
const EXPLICIT_1 = 0xa1;

const unknown = (): Error => failure("ERR_OSSL_UNSUPPORTED", "This kind of key cannot be read here");
const unsuited = (type: string): Error => failure("ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS", `A key of this kind cannot be written as ${type}`);

interface Algorithm {
  name: string;
  curve?: Curve;
}

function algorithm(reader: Reader): Algorithm {
  const inner = reader.sequence();
  const name = inner.oid();
  return name === EC ? { name, curve: curveOf(inner.oid()) } : { name };
}

export function publicFrom(type: "spki" | "pkcs1" | "certificate", der: Uint8Array): Numbers {
  const outer = new Reader(der).sequence();
  if (type === "pkcs1") return rsaPublic(outer);
  if (type === "certificate") return certified(outer.sequence());
  return info(outer);
}

/** SubjectPublicKeyInfo. */
function info(reader: Reader): Numbers {
  const { name, curve } = algorithm(reader);
  const key = reader.bits();
  switch (name) {
    case RSA:
      return rsaPublic(new Reader(key).sequence());
    case EC:
      return ecKey(curve!, undefined, key);
    case ED25519:
      return edwardsKey("ed25519", undefined, key);
    case X25519:
      return edwardsKey("x25519", undefined, key);
    default:
      throw unknown();
  }
}

/** The key in what a certificate certifies: behind version, serial number, signature, issuer, validity and subject. */
function certified(certificate: Reader): Numbers {
  if (certificate.tag === EXPLICIT_0) certificate.skip();
  for (let i = 0; i < 5; i++) certificate.skip();
  return info(certificate.sequence());
}

export function privateFrom(type: "pkcs8" | "pkcs1" | "sec1", der: Uint8Array): Numbers {
  const outer = new Reader(der).sequence();
  const version = outer.integer();
  if (type === "pkcs1") return rsaPrivate(outer);
  if (type === "sec1") return ecPrivate(outer, undefined);
  if (version > 1n) throw malformed();
  const { name, curve } = algorithm(outer);
  const inner = new Reader(outer.next(OCTET_STRING));
  if (name === ED25519) return edwardsKey("ed25519", inner.next(OCTET_STRING));
  if (name === X25519) return edwardsKey("x25519", inner.next(OCTET_STRING));
  if (name !== RSA && name !== EC) throw unknown();
  const key = inner.sequence();
  key.integer();
  return name === RSA ? rsaPrivate(key) : ecPrivate(key, curve);
}

function rsaPublic(reader: Reader): RSAKey {
  return { kind: "rsa", n: reader.integer(), e: reader.integer() };
}

/** RSAPrivateKey behind its version. */
function rsaPrivate(reader: Reader): RSAKey {
  const [n, e] = [reader.integer(), reader.integer()];
  const [d, p, q] = [reader.integer(), reader.integer(), reader.integer()];
  return { kind: "rsa", n, e, secret: { d, p, q, dp: reader.integer(), dq: reader.integer(), qi: reader.integer() } };
}

/** ECPrivateKey behind its version. */
function ecPrivate(reader: Reader, known: Curve | undefined): Numbers {
  const secret = reader.next(OCTET_STRING);
  const curve = reader.tag === EXPLICIT_0 ? curveOf(new Reader(reader.next(EXPLICIT_0)).oid()) : known;
  if (curve === undefined) throw malformed();
  return ecKey(curve, secret);
}

export function writePublic(key: Numbers, type: string): { label: string; der: Bytes } {
  if (type === "pkcs1" && key.kind === "rsa") return { label: "RSA PUBLIC KEY", der: rsaPublicDER(key) };
  if (type !== "spki") throw unsuited(type);
  const content = key.kind === "rsa" ? rsaPublicDER(key) : key.point;
  return { label: "PUBLIC KEY", der: sequence(algorithmDER(key), bits(content)) };
}

export function writePrivate(key: Numbers, type: string): { label: string; der: Bytes } {
  if (type === "pkcs1" && key.kind === "rsa") return { label: "RSA PRIVATE KEY", der: rsaPrivateDER(key) };
  if (type === "sec1" && key.kind === "ec") return { label: "EC PRIVATE KEY", der: ecPrivateDER(key, true) };
  if (type !== "pkcs8") throw unsuited(type);
  const content = key.kind === "rsa" ? rsaPrivateDER(key) : key.kind === "ec" ? ecPrivateDER(key, false) : element(OCTET_STRING, key.secret!);
  return { label: "PRIVATE KEY", der: sequence(integer(0n), algorithmDER(key), element(OCTET_STRING, content)) };
}

function algorithmDER(key: Numbers): Bytes {
  if (key.kind === "rsa") return sequence(oid(RSA), nothing);
  if (key.kind === "ec") return sequence(oid(EC), oid(key.curve.oid));
  return sequence(oid(key.kind === "ed25519" ? ED25519 : X25519));
}

function rsaPublicDER(key: RSAKey): Bytes {
  return sequence(integer(key.n), integer(key.e));
}

function rsaPrivateDER(key: RSAKey): Bytes {
  const { d, p, q, dp, dq, qi } = key.secret!;
  return sequence(integer(0n), integer(key.n), integer(key.e), integer(d), integer(p), integer(q), integer(dp), integer(dq), integer(qi));
}

function ecPrivateDER(key: Extract<Numbers, { kind: "ec" }>, namesCurve: boolean): Bytes {
  const { curve, secret, point } = key;
  const padded = concat(new Uint8Array(curve.size - secret!.length), secret!);
  const parameters = namesCurve ? element(EXPLICIT_0, oid(curve.oid)) : new Uint8Array(0);
  return sequence(integer(1n), element(OCTET_STRING, padded), parameters, element(EXPLICIT_1, bits(point)));
}

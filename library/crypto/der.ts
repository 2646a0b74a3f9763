// DER, as far as keys and signatures need it (X.690), and PEM around it (RFC 7468).
import { Buffer } from "node:buffer";
import { bytesOfNumber, type Bytes, concat, failure, numberOf } from "./bytes.ts";

const INTEGER = 0x02;
const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
const OID = 0x06;
export const SEQUENCE = 0x30;

export const malformed = (): Error => failure("ERR_OSSL_ASN1_WRONG_TAG", "The key or signature is malformed");

/** Reads elements one after the other. */
export class Reader {
  #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isOver(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The tag of the next element, or -1. */
  get tag(): number {
    return this.#bytes[this.#at] ?? -1;
  }

  /** The content of the next element, which must have the tag. */
  next(tag: number): Uint8Array {
    if (this.tag !== tag) throw malformed();
    let length = this.#bytes[this.#at + 1] ?? 0x80;
    let start = this.#at + 2;
    if (length >= 0x80) {
      const size = length - 0x80;
      if (size === 0 || size > 3 || start + size > this.#bytes.length) throw malformed();
      length = Number(numberOf(this.#bytes.subarray(start, start + size)));
      start += size;
    }
    if (start + length > this.#bytes.length) throw malformed();
    this.#at = start + length;
    return this.#bytes.subarray(start, start + length);
  }

  /** Skips the next element, whatever it is. */
  skip(): void {
    this.next(this.tag);
  }

  sequence(): Reader {
    return new Reader(this.next(SEQUENCE));
  }

  /** A whole number that is not negative. */
  integer(): bigint {
    const content = this.next(INTEGER);
    if (content.length === 0 || content[0]! > 0x7f) throw malformed();
    return numberOf(content);
  }

  bits(): Uint8Array {
    const content = this.next(BIT_STRING);
    if (content[0] !== 0) throw malformed();
    return content.subarray(1);
  }

  /** An object identifier, in hexadecimal digits. */
  oid(): string {
    return Buffer.from(this.next(OID)).toString("hex");
  }
}

export function element(tag: number, ...content: Uint8Array[]): Bytes {
  const body = concat(...content);
  if (body.length < 0x80) return concat(Uint8Array.of(tag, body.length), body);
  const size = bytesOfNumber(BigInt(body.length));
  return concat(Uint8Array.of(tag, 0x80 + size.length), size, body);
}

export const sequence = (...content: Uint8Array[]): Bytes => element(SEQUENCE, ...content);
export const bits = (content: Uint8Array): Bytes => element(BIT_STRING, Uint8Array.of(0), content);
export const oid = (hex: string): Bytes => element(OID, Buffer.from(hex, "hex"));
export const nothing = Uint8Array.of(0x05, 0);

export function integer(value: bigint): Bytes {
  const content = bytesOfNumber(value);
  return element(INTEGER, content[0]! > 0x7f ? concat(Uint8Array.of(0), content) : content);
}

/** The first block of PEM in a text, or undefined. */
export function fromPEM(text: string): { label: string; der: Bytes } | undefined {
  const found = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/.exec(text);
  if (found === null) return undefined;
  return { label: found[1]!, der: Buffer.from(found[2]!.replace(/\s/g, ""), "base64") };
}

export function toPEM(label: string, der: Bytes): string {
  const lines = Buffer.from(der).toString("base64").match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

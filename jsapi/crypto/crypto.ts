// Crypto: https://w3c.github.io/webcrypto/#crypto-interface

import {
  ArrayBufferIsView,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetTag,
  TypeError,
  Uint8Array,
} from "../core/primordials.ts";
import { bufferSource, defineInterface, illegalInvocation, requireArguments } from "../core/webidl.ts";
import { DOMException, QuotaExceededError } from "../events/domexception.ts";
import { DigestStream } from "./digeststream.ts";
import { subtle, type SubtleCrypto } from "./subtle.ts";

const { randomFill } = __host;

const internal = {};

/** The most bytes that one call of getRandomValues gives. */
const quota = 65_536;

export class Crypto {
  #brand = true;

  constructor(token: unknown) {
    if (token !== internal) throw new TypeError("Illegal constructor");
  }

  get subtle(): SubtleCrypto {
    if (!(#brand in this)) illegalInvocation();
    return subtle;
  }

  /** Of Workers. */
  get DigestStream(): typeof DigestStream {
    if (!(#brand in this)) illegalInvocation();
    return DigestStream;
  }

  getRandomValues<T>(array: T): T {
    if (!(#brand in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "Crypto.getRandomValues");
    if (!ArrayBufferIsView(array)) {
      throw new TypeError("Crypto.getRandomValues: the argument is not a view of an ArrayBuffer");
    }
    if (!holdsIntegers(TypedArrayPrototypeGetTag(array))) {
      throw new DOMException("Crypto.getRandomValues: the argument is not an array of integers", "TypeMismatchError");
    }
    const requested = TypedArrayPrototypeGetByteLength(array);
    if (requested > quota) {
      const message = `Crypto.getRandomValues: ${requested} bytes are more than the ${quota} that one call gives`;
      throw new QuotaExceededError(message);
    }
    randomFill(bufferSource(array, "Crypto.getRandomValues: the argument"));
    return array;
  }

  randomUUID(): string {
    if (!(#brand in this)) illegalInvocation();
    return newUUID();
  }
}

/** A random UUID. */
export function newUUID(): string {
  const bytes = new Uint8Array(16);
  randomFill(bytes);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40; // version 4
  bytes[8] = (bytes[8]! & 0x3f) | 0x80; // the variant of RFC 9562
  return formatUUID(bytes);
}

/** Whether the typed arrays of a name hold integers. */
function holdsIntegers(name: string | undefined): boolean {
  switch (name) {
    case "Int8Array":
    case "Uint8Array":
    case "Uint8ClampedArray":
    case "Int16Array":
    case "Uint16Array":
    case "Int32Array":
    case "Uint32Array":
    case "BigInt64Array":
    case "BigUint64Array":
      return true;
    default:
      return false;
  }
}

const digits = "0123456789abcdef";

function formatUUID(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += digits[bytes[i]! >> 4]! + digits[bytes[i]! & 15]!;
  }
  return text;
}

defineInterface(Crypto, "Crypto", { enumerable: ["subtle", "getRandomValues", "randomUUID"], length: 0 });

/** The one object of the class. */
export const crypto = new Crypto(internal);

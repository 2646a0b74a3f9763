// TextEncoder: https://encoding.spec.whatwg.org/#interface-textencoder

import { MathFloor, TypedArrayPrototypeGetTag, TypeError } from "../core/primordials.ts";
import { defineInterface, DOMString, illegalInvocation, isObject, requireArguments } from "../core/webidl.ts";

const { utf8Encode, utf8EncodePart } = __host;

export class TextEncoder {
  #brand = true;

  get encoding(): string {
    if (!(#brand in this)) illegalInvocation();
    return "utf-8";
  }

  encode(input: unknown = undefined): Uint8Array<ArrayBuffer> {
    if (!(#brand in this)) illegalInvocation();
    return utf8Encode(input === undefined ? "" : DOMString(input));
  }

  encodeInto(source: unknown, destination: unknown): { read: number; written: number } {
    if (!(#brand in this)) illegalInvocation();
    requireArguments(arguments.length, 2, "TextEncoder.encodeInto");
    const text = DOMString(source);
    if (!isObject(destination) || TypedArrayPrototypeGetTag(destination) !== "Uint8Array") {
      throw new TypeError("TextEncoder.encodeInto: the destination is not a Uint8Array");
    }
    const counts = utf8EncodePart(text, destination as Uint8Array);
    return { read: MathFloor(counts / 2 ** 32), written: counts % 2 ** 32 };
  }
}

defineInterface(TextEncoder, "TextEncoder", { enumerable: ["encoding", "encode", "encodeInto"] });

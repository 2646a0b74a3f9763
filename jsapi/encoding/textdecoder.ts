// TextDecoder: https://encoding.spec.whatwg.org/#interface-textdecoder

import { RangeError, StringPrototypeToLowerCase, Uint8Array } from "../core/primordials.ts";
import { boolean, bufferSource, defineInterface, dictionary, DOMString, illegalInvocation } from "../core/webidl.ts";
import { Decoder } from "./decoders.ts";
import { encodingName } from "./labels.ts";

/** A decoder as the constructors of TextDecoder and TextDecoderStream make it. what is the constructor's name. */
export function newDecoder(label: unknown, options: unknown, what: string): Decoder {
  const text = label === undefined ? "utf-8" : DOMString(label);
  const dict = dictionary(options, `${what}: the second argument`);
  const fatal = boolean(dict.fatal);
  const ignoreBOM = boolean(dict.ignoreBOM);
  const name = encodingName(text);
  if (name === undefined || name === "replacement") {
    throw new RangeError(`${what}: '${text}' is not the label of an encoding`);
  }
  return new Decoder(StringPrototypeToLowerCase(name), fatal, ignoreBOM);
}

export class TextDecoder {
  #decoder: Decoder;

  constructor(label: unknown = undefined, options: unknown = undefined) {
    this.#decoder = newDecoder(label, options, "TextDecoder");
  }

  get encoding(): string {
    if (!(#decoder in this)) illegalInvocation();
    return this.#decoder.encoding;
  }

  get fatal(): boolean {
    if (!(#decoder in this)) illegalInvocation();
    return this.#decoder.fatal;
  }

  get ignoreBOM(): boolean {
    if (!(#decoder in this)) illegalInvocation();
    return this.#decoder.ignoreBOM;
  }

  decode(input: unknown = undefined, options: unknown = undefined): string {
    if (!(#decoder in this)) illegalInvocation();
    const bytes = input === undefined ? new Uint8Array(0) : bufferSource(input, "TextDecoder.decode: the input");
    const stream = options !== undefined && boolean(dictionary(options, "TextDecoder.decode: the second argument").stream);
    return this.#decoder.decode(bytes, !stream);
  }
}

defineInterface(TextDecoder, "TextDecoder", { enumerable: ["encoding", "fatal", "ignoreBOM", "decode"] });

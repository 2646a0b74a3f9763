// TextEncoderStream and TextDecoderStream: https://encoding.spec.whatwg.org/#streams

import { StringPrototypeCharCodeAt, StringPrototypeSlice, Uint8Array, uncurryGetter } from "../core/primordials.ts";
import { bufferSource, defineInterface, DOMString, illegalInvocation } from "../core/webidl.ts";
import {
  createTransformStream,
  type ReadableStream,
  type Transform,
  TransformStream,
  type WritableStream,
} from "../streams/index.ts";
import type { Decoder } from "./decoders.ts";
import { newDecoder } from "./textdecoder.ts";

const { utf8Encode } = __host;

const readableOf = uncurryGetter<ReadableStream>(TransformStream.prototype, "readable");
const writableOf = uncurryGetter<WritableStream>(TransformStream.prototype, "writable");

/** A stream through which every chunk goes; an exception of the functions errors it. */
function newTransform(
  transform: (chunk: unknown, controller: Transform) => void,
  flush: (controller: Transform) => void,
): TransformStream {
  return createTransformStream({ __proto__: null, transform, flush } as never);
}

export class TextEncoderStream {
  #transform: TransformStream;
  /** The lead surrogate that ended the last chunk, or "". */
  #lead = "";

  constructor() {
    this.#transform = newTransform(
      (chunk, controller) => this.#encode(DOMString(chunk), controller),
      (controller) => {
        if (this.#lead !== "") controller.enqueue(utf8Encode("\ufffd"));
      },
    );
  }

  get encoding(): string {
    if (!(#transform in this)) illegalInvocation();
    return "utf-8";
  }

  get readable(): ReadableStream {
    if (!(#transform in this)) illegalInvocation();
    return readableOf(this.#transform);
  }

  get writable(): WritableStream {
    if (!(#transform in this)) illegalInvocation();
    return writableOf(this.#transform);
  }

  #encode(chunk: string, controller: Transform): void {
    let text = this.#lead + chunk;
    this.#lead = "";
    if (text === "") return;
    if ((StringPrototypeCharCodeAt(text, text.length - 1) & 0xfc00) === 0xd800) {
      this.#lead = StringPrototypeSlice(text, -1);
      text = StringPrototypeSlice(text, 0, -1);
    }
    if (text !== "") controller.enqueue(utf8Encode(text));
  }
}

export class TextDecoderStream {
  #transform: TransformStream;
  #decoder: Decoder;

  constructor(label: unknown = undefined, options: unknown = undefined) {
    const decoder = newDecoder(label, options, "TextDecoderStream");
    const decode = (bytes: Uint8Array<ArrayBuffer>, last: boolean, controller: Transform) => {
      const text = decoder.decode(bytes, last);
      if (text !== "") controller.enqueue(text);
    };
    this.#decoder = decoder;
    this.#transform = newTransform(
      (chunk, controller) => decode(bufferSource(chunk, "TextDecoderStream: the chunk"), false, controller),
      (controller) => decode(new Uint8Array(0), true, controller),
    );
  }

  get encoding(): string {
    if (!(#transform in this)) illegalInvocation();
    return this.#decoder.encoding;
  }

  get fatal(): boolean {
    if (!(#transform in this)) illegalInvocation();
    return this.#decoder.fatal;
  }

  get ignoreBOM(): boolean {
    if (!(#transform in this)) illegalInvocation();
    return this.#decoder.ignoreBOM;
  }

  get readable(): ReadableStream {
    if (!(#transform in this)) illegalInvocation();
    return readableOf(this.#transform);
  }

  get writable(): WritableStream {
    if (!(#transform in this)) illegalInvocation();
    return writableOf(this.#transform);
  }
}

defineInterface(TextEncoderStream, "TextEncoderStream", { enumerable: ["encoding", "readable", "writable"] });
defineInterface(TextDecoderStream, "TextDecoderStream", {
  enumerable: ["encoding", "fatal", "ignoreBOM", "readable", "writable"],
});

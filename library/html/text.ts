// A document as the rewriter has it: text in which each character is one byte. What
// is not changed passes through as it is, whatever its encoding; what code sees and
// gives is decoded and encoded.
import { latin1Decode, latin1EncodeInto } from "hedge:runtime";

type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const ascii = /^[\x00-\x7f]*$/;

export function fromBytes(bytes: Uint8Array): string {
  return latin1Decode(bytes, 0, bytes.length);
}

export function toBytes(text: string): Bytes {
  const bytes = new Uint8Array(text.length);
  latin1EncodeInto(text, bytes, 0);
  return bytes;
}

/** The encoding of a document, by its name in Content-Type. Each is a superset of ASCII. */
export class Encoding {
  readonly #decoder: TextDecoder;
  readonly isUTF8: boolean;

  constructor(label: string) {
    this.#decoder = new TextDecoder(label, { ignoreBOM: true });
    this.isUTF8 = this.#decoder.encoding === "utf-8";
    if (this.#decoder.encoding.startsWith("utf-16")) throw new TypeError(`HTMLRewriter: a document in ${this.#decoder.encoding} cannot be rewritten`);
  }

  decode(text: string): string {
    return ascii.test(text) ? text : this.#decoder.decode(toBytes(text));
  }

  /** What a document of another encoding cannot have becomes a character reference. */
  encode(text: string): string {
    if (ascii.test(text)) return text;
    if (this.isUTF8) return fromBytes(encoder.encode(text));
    return text.toWellFormed().replace(/[^\x00-\x7f]/gu, (character) => `&#${character.codePointAt(0)};`);
  }

  /** How much of a text is whole characters; the rest may go on in what comes next. */
  whole(text: string): number {
    if (this.isUTF8) return wholeUTF8(text);
    if (ascii.test(text)) return text.length;
    const bytes = toBytes(text);
    for (let back = 0; back <= 3 && back <= bytes.length; back++) {
      this.#decoder.decode(bytes.subarray(0, bytes.length - back), { stream: true });
      if (this.#decoder.decode() === "") return text.length - back; // nothing was left
    }
    return text.length;
  }
}

function wholeUTF8(text: string): number {
  for (let back = 1; back <= 3 && back <= text.length; back++) {
    const unit = text.charCodeAt(text.length - back);
    if (unit < 0x80) break;
    if (unit < 0xc0) continue;
    const length = unit >= 0xf0 ? 4 : unit >= 0xe0 ? 3 : 2;
    return length > back ? text.length - back : text.length;
  }
  return text.length;
}

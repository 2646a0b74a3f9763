// node:string_decoder: the package string_decoder, and base64url, which came to Node after it.
import { Buffer } from "node:buffer";
import * as base from "string_decoder/";

const inURLs = (text: string): string => text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

class StringDecoder extends base.StringDecoder {
  constructor(encoding?: string) {
    const isURL = /^base64url$/i.test(String(encoding));
    super(isURL ? "base64" : encoding);
    if (!isURL) return;
    const { text, end } = this;
    this.encoding = "base64url";
    this.text = (...args: unknown[]) => inURLs(text.apply(this, args));
    this.end = (...args: unknown[]) => inURLs(end.apply(this, args));
  }

  write(chunk: unknown): string {
    return super.write(ArrayBuffer.isView(chunk) ? Buffer.from(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength) : chunk);
  }
}

export default { StringDecoder };

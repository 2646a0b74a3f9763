// The ISO-2022-JP decoder: https://encoding.spec.whatwg.org/#iso-2022-jp-decoder
// Escape sequences say what the bytes behind them are.

import { awaitMore, fail, jis0208, skip, take } from "./multibyte.ts";

const escape = 0x1b;

const enum Mode {
  ASCII,
  Roman,
  Katakana,
  JIS0208,
}

/** The state of one text. */
export class ISO2022JP {
  #mode = Mode.ASCII;
  /** Whether the last thing was an escape sequence, behind which another one is an error. */
  #escaped = false;

  /** A Step. */
  step(bytes: Uint8Array, at: number, end: number): number {
    const byte = bytes[at]!;
    if (byte === escape) return this.#escape(bytes, at, end);
    this.#escaped = false;
    switch (this.#mode) {
      case Mode.JIS0208:
        return stepJIS0208(bytes, at, end);
      case Mode.Katakana:
        return byte >= 0x21 && byte <= 0x5f ? take(0xff61 - 0x21 + byte, 1) : fail(1);
      case Mode.Roman:
        if (byte === 0x5c) return take(0xa5, 1);
        if (byte === 0x7e) return take(0x203e, 1);
    }
    return byte > 0x7f || byte === 0x0e || byte === 0x0f ? fail(1) : take(byte, 1);
  }

  #escape(bytes: Uint8Array, at: number, end: number): number {
    if (at + 1 === end) return awaitMore(1);
    const second = bytes[at + 1]!;
    const known = second === 0x24 || second === 0x28;
    if (known && at + 2 === end) return awaitMore(1);
    const mode = known ? modeOf(second, bytes[at + 2]!) : undefined;
    const repeated = this.#escaped;
    this.#escaped = mode !== undefined;
    if (mode === undefined) return fail(1);
    this.#mode = mode;
    return repeated ? fail(3) : skip(3);
  }
}

/** What the second and third byte of an escape sequence choose. */
function modeOf(second: number, third: number): Mode | undefined {
  if (second === 0x24) return third === 0x40 || third === 0x42 ? Mode.JIS0208 : undefined;
  switch (third) {
    case 0x42:
      return Mode.ASCII;
    case 0x4a:
      return Mode.Roman;
    case 0x49:
      return Mode.Katakana;
    default:
      return undefined;
  }
}

function stepJIS0208(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  if (!isGraphic(lead)) return fail(1);
  if (at + 1 === end) return awaitMore(1);
  const trail = bytes[at + 1]!;
  if (trail === escape) return fail(1);
  const codePoint = isGraphic(trail) ? jis0208(lead - 0x21, trail - 0x21) : 0;
  return codePoint === 0 ? fail(2) : take(codePoint, 2);
}

function isGraphic(byte: number): boolean {
  return byte >= 0x21 && byte <= 0x7e;
}

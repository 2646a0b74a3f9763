// The tokens of pattern strings: https://urlpattern.spec.whatwg.org/#tokens

import { RegExpPrototypeTest, StringFromCodePoint, StringPrototypeCodePointAt, StringPrototypeSlice, TypeError } from "../core/primordials.ts";

export type TokenType =
  | "open"
  | "close"
  | "regexp"
  | "name"
  | "char"
  | "escaped-char"
  | "other-modifier"
  | "asterisk"
  | "end"
  | "invalid-char";

export interface Token {
  type: TokenType;
  /** Where it begins in the input. */
  index: number;
  value: string;
}

/** Whether a code point may stand in a name, at its beginning or later. */
export function isNamePoint(point: number, first: boolean): boolean {
  const text = StringFromCodePoint(point);
  return RegExpPrototypeTest(first ? /[$_\p{ID_Start}]/u : /[$_\u200c\u200d\p{ID_Continue}]/u, text);
}

/** Cuts a pattern into tokens. What is no pattern is an invalid-char if lenient, and a TypeError otherwise. */
export function tokenize(input: string, lenient: boolean): Token[] {
  const tokenizer = new Tokenizer(input, lenient);
  tokenizer.run();
  return tokenizer.tokens;
}

class Tokenizer {
  readonly tokens: Token[] = [];
  readonly #input: string;
  readonly #lenient: boolean;
  #index = 0;

  constructor(input: string, lenient: boolean) {
    this.#input = input;
    this.#lenient = lenient;
  }

  run(): void {
    const { length } = this.#input;
    while (this.#index < length) this.#step();
    this.#add("end", length, length, length);
  }

  #step(): void {
    const start = this.#index;
    const next = start + sizeAt(this.#input, start);
    switch (this.#input[start]) {
      case "*":
        return this.#add("asterisk", next, start, next);
      case "+":
      case "?":
        return this.#add("other-modifier", next, start, next);
      case "{":
        return this.#add("open", next, start, next);
      case "}":
        return this.#add("close", next, start, next);
      case "\\": {
        if (next === this.#input.length) return this.#fail(next, start);
        const end = next + sizeAt(this.#input, next);
        return this.#add("escaped-char", end, next, end, start);
      }
      case ":":
        return this.#name(start, next);
      case "(":
        return this.#regexp(start, next);
      default:
        return this.#add("char", next, start, next);
    }
  }

  #name(start: number, from: number): void {
    let end = from;
    while (end < this.#input.length && isNamePoint(StringPrototypeCodePointAt(this.#input, end)!, end === from)) {
      end += sizeAt(this.#input, end);
    }
    if (end === from) this.#fail(from, start);
    else this.#add("name", end, from, end, start);
  }

  #regexp(start: number, from: number): void {
    const end = this.#endOfRegexp(from);
    if (end === from + 1 || end < 0) this.#fail(from, start);
    else this.#add("regexp", end, from, end - 1, start);
  }

  /** The index behind the parenthesis that closes a group, or -1. */
  #endOfRegexp(from: number): number {
    const input = this.#input;
    let depth = 1;
    for (let i = from; i < input.length; i++) {
      const unit = input[i]!;
      if (unit > "\x7f" || (i === from && unit === "?")) return -1;
      if (unit === "\\") {
        if (++i === input.length || input[i]! > "\x7f") return -1;
      } else if (unit === ")") {
        if (--depth === 0) return i + 1;
      } else if (unit === "(") {
        depth++;
        if (input[i + 1] !== "?") return -1;
      }
    }
    return -1;
  }

  #add(type: TokenType, next: number, from: number, to: number, start = from): void {
    this.tokens[this.tokens.length] = { type, index: start, value: StringPrototypeSlice(this.#input, from, to) };
    this.#index = next;
  }

  #fail(next: number, start: number): void {
    if (!this.#lenient) throw new TypeError(`'${this.#input}' is no pattern: there is something wrong at ${start}`);
    this.#add("invalid-char", next, start, next);
  }
}

function sizeAt(text: string, index: number): number {
  return StringPrototypeCodePointAt(text, index)! > 0xffff ? 2 : 1;
}

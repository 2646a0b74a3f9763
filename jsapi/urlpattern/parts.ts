// The parts of a pattern string, and what is made of them: https://urlpattern.spec.whatwg.org/#parsing-pattern-strings

import { StringPrototypeCodePointAt, StringPrototypeIncludes, StringPrototypeSlice, TypeError } from "../core/primordials.ts";
import { isNamePoint, type Token, tokenize, type TokenType } from "./tokens.ts";

export type PartType = "fixed-text" | "regexp" | "segment-wildcard" | "full-wildcard";

export interface Part {
  type: PartType;
  value: string;
  /** "", or the sign that stands for it. */
  modifier: string;
  name: string;
  prefix: string;
  suffix: string;
}

export interface Options {
  delimiter: string;
  prefix: string;
}

/** Brings fixed text of a component into its normal form. Throws a TypeError for what cannot stand there. */
export type Encode = (text: string) => string;

const fullWildcard = ".*";

export function segmentWildcard({ delimiter }: Options): string {
  return `[^${escapeRegexp(delimiter)}]+?`;
}

export function parseParts(input: string, options: Options, encode: Encode): Part[] {
  const parser = new Parser(input, options, encode);
  parser.run();
  return parser.parts;
}

class Parser {
  readonly parts: Part[] = [];
  readonly #input: string;
  readonly #tokens: Token[];
  readonly #options: Options;
  readonly #encode: Encode;
  readonly #segment: string;
  #fixed = "";
  #index = 0;
  #nextName = 0;

  constructor(input: string, options: Options, encode: Encode) {
    this.#input = input;
    this.#tokens = tokenize(input, false);
    this.#options = options;
    this.#encode = encode;
    this.#segment = segmentWildcard(options);
  }

  run(): void {
    while (this.#index < this.#tokens.length) this.#step();
  }

  #step(): void {
    const char = this.#take("char");
    const name = this.#take("name");
    const group = this.#takeGroup(name);
    if (name !== null || group !== null) {
      let prefix = char === null ? "" : char.value;
      if (prefix !== "" && prefix !== this.#options.prefix) {
        this.#fixed += prefix;
        prefix = "";
      }
      this.#flush();
      this.#add(prefix, name, group, "", this.#takeModifier());
      return;
    }
    const fixed = char ?? this.#take("escaped-char");
    if (fixed !== null) {
      this.#fixed += fixed.value;
    } else if (this.#take("open") !== null) {
      const prefix = this.#takeText();
      const inner = this.#take("name");
      const regexp = this.#takeGroup(inner);
      const suffix = this.#takeText();
      this.#require("close");
      this.#add(prefix, inner, regexp, suffix, this.#takeModifier());
    } else {
      this.#flush();
      this.#require("end");
    }
  }

  #take(type: TokenType): Token | null {
    const token = this.#tokens[this.#index];
    if (token === undefined || token.type !== type) return null;
    this.#index++;
    return token;
  }

  #require(type: TokenType): void {
    if (this.#take(type) === null) {
      throw new TypeError(`'${this.#input}' is no pattern: at ${this.#tokens[this.#index]?.index} there should be: ${type}`);
    }
  }

  #takeGroup(name: Token | null): Token | null {
    return this.#take("regexp") ?? (name === null ? this.#take("asterisk") : null);
  }

  #takeModifier(): string {
    return (this.#take("other-modifier") ?? this.#take("asterisk"))?.value ?? "";
  }

  #takeText(): string {
    let text = "";
    for (;;) {
      const token = this.#take("char") ?? this.#take("escaped-char");
      if (token === null) return text;
      text += token.value;
    }
  }

  /** Makes a part of the fixed text that has been gathered. */
  #flush(): void {
    if (this.#fixed === "") return;
    const value = this.#encode(this.#fixed);
    this.#fixed = "";
    this.#push({ type: "fixed-text", value, modifier: "", name: "", prefix: "", suffix: "" });
  }

  #add(prefix: string, nameToken: Token | null, group: Token | null, suffix: string, modifier: string): void {
    if (nameToken === null && group === null && modifier === "") {
      this.#fixed += prefix;
      return;
    }
    this.#flush();
    if (nameToken === null && group === null) {
      if (prefix === "") return;
      this.#push({ type: "fixed-text", value: this.#encode(prefix), modifier, name: "", prefix: "", suffix: "" });
      return;
    }
    let value = group === null ? this.#segment : group.type === "asterisk" ? fullWildcard : group.value;
    let type: PartType = "regexp";
    if (value === this.#segment) type = "segment-wildcard";
    else if (value === fullWildcard) type = "full-wildcard";
    if (type !== "regexp") value = "";
    const name = nameToken === null ? `${this.#nextName++}` : nameToken.value;
    for (let i = 0; i < this.parts.length; i++) {
      if (this.parts[i]!.name === name) throw new TypeError(`'${this.#input}' is no pattern: it has the name '${name}' twice`);
    }
    this.#push({ type, value, modifier, name, prefix: this.#encode(prefix), suffix: this.#encode(suffix) });
  }

  #push(part: Part): void {
    this.parts[this.parts.length] = part;
  }
}

function escapeAll(text: string, special: string): string {
  let escaped = "";
  for (let i = 0; i < text.length; i++) escaped += StringPrototypeIncludes(special, text[i]!) ? `\\${text[i]!}` : text[i]!;
  return escaped;
}

export function escapeRegexp(text: string): string {
  return escapeAll(text, ".+*?^${}()[]|/\\");
}

export function escapePattern(text: string): string {
  return escapeAll(text, "+*?:{}()\\");
}

/** The source of a regular expression that matches the parts, and the names of its groups. */
export function regexpOf(parts: readonly Part[], options: Options): { source: string; names: string[] } {
  const names: string[] = [];
  let source = "^";
  for (let i = 0; i < parts.length; i++) {
    const { type, value, modifier, name, prefix, suffix } = parts[i]!;
    if (type === "fixed-text") {
      source += modifier === "" ? escapeRegexp(value) : `(?:${escapeRegexp(value)})${modifier}`;
      continue;
    }
    names[names.length] = name;
    const inner = type === "segment-wildcard" ? segmentWildcard(options) : type === "full-wildcard" ? fullWildcard : value;
    const isRepeated = modifier === "*" || modifier === "+";
    const before = escapeRegexp(prefix);
    const after = escapeRegexp(suffix);
    if (prefix === "" && suffix === "") source += isRepeated ? `((?:${inner})${modifier})` : `(${inner})${modifier}`;
    else if (!isRepeated) source += `(?:${before}(${inner})${after})${modifier}`;
    else source += `(?:${before}((?:${inner})(?:${after}${before}(?:${inner}))*)${after})${modifier === "*" ? "?" : ""}`;
  }
  return { source: `${source}$`, names };
}

/** The pattern string of parts, in its normal form. */
export function patternOf(parts: readonly Part[], options: Options): string {
  let text = "";
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    const { type, value, modifier, name, prefix, suffix } = part;
    if (type === "fixed-text") {
      text += modifier === "" ? escapePattern(value) : `{${escapePattern(value)}}${modifier}`;
      continue;
    }
    const isNamed = !isDigit(name[0]!);
    const grouped = needsGroup(part, parts[i - 1], parts[i + 1], isNamed, options);
    if (grouped) text += "{";
    text += escapePattern(prefix);
    if (isNamed) text += `:${name}`;
    if (type === "regexp") text += `(${value})`;
    else if (type === "segment-wildcard" && !isNamed) text += `(${segmentWildcard(options)})`;
    else if (type === "full-wildcard") text += isPlainWildcard(part, parts[i - 1], isNamed, grouped) ? "*" : `(${fullWildcard})`;
    if (type === "segment-wildcard" && isNamed && suffix !== "" && isNamePoint(StringPrototypeCodePointAt(suffix, 0)!, false)) text += "\\";
    text += escapePattern(suffix);
    if (grouped) text += "}";
    text += modifier;
  }
  return text;
}

function isDigit(text: string): boolean {
  return text >= "0" && text <= "9";
}

function isPlainWildcard({ prefix }: Part, before: Part | undefined, isNamed: boolean, grouped: boolean): boolean {
  if (isNamed) return false;
  return before === undefined || before.type === "fixed-text" || before.modifier !== "" || grouped || prefix !== "";
}

function needsGroup(part: Part, before: Part | undefined, after: Part | undefined, isNamed: boolean, options: Options): boolean {
  const { type, modifier, prefix, suffix } = part;
  if (suffix !== "" || (prefix !== "" && prefix !== options.prefix)) return true;
  if (isNamed && type === "segment-wildcard" && modifier === "" && after !== undefined && after.prefix === "" && after.suffix === "") {
    const follows = after.type === "fixed-text" ? isNamePoint(StringPrototypeCodePointAt(after.value, 0)!, false) : isDigit(after.name[0]!);
    if (follows) return true;
  }
  if (prefix !== "" || before === undefined || before.type !== "fixed-text" || options.prefix === "") return false;
  return StringPrototypeSlice(before.value, -1) === options.prefix;
}

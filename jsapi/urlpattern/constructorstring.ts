// A pattern as one string, taken apart: https://urlpattern.spec.whatwg.org/#constructor-string-parsing

import { ArrayPrototypeIncludes, StringPrototypeSlice } from "../core/primordials.ts";
import { protocol as canonicalProtocol, specialSchemes } from "./canonical.ts";
import { Component } from "./component.ts";
import type { Init } from "./init.ts";
import { type Token, tokenize, type TokenType } from "./tokens.ts";

type Part = "protocol" | "username" | "password" | "hostname" | "port" | "pathname" | "search" | "hash";
type State = Part | "init" | "authority" | "done";

export function parseConstructorString(input: string): Init {
  return new ConstructorStringParser(input).parse();
}

class ConstructorStringParser {
  readonly #input: string;
  readonly #tokens: Token[];
  readonly #result: Init = { __proto__: null } as Init;
  #state: State = "init";
  #index = 0;
  #step = 1;
  /** Where the component begins, as an index of tokens. */
  #start = 0;
  #groups = 0;
  #brackets = 0;
  #isSpecial = false;

  constructor(input: string) {
    this.#input = input;
    this.#tokens = tokenize(input, true);
  }

  parse(): Init {
    for (; this.#index < this.#tokens.length; this.#index += this.#step) {
      this.#step = 1;
      const { type } = this.#tokens[this.#index]!;
      if (type === "end") {
        if (this.#end()) break;
      } else if (type === "open") {
        this.#groups++;
      } else if (this.#groups > 0) {
        if (type === "close") this.#groups--;
      } else {
        this.#run();
      }
    }
    if (this.#result.hostname !== undefined && this.#result.port === undefined) this.#result.port = "";
    return this.#result;
  }

  /** At the end of the input; returns whether that is the end of all. */
  #end(): boolean {
    if (this.#state === "init") {
      this.#rewind();
      if (this.#is("#")) this.#change("hash", 1);
      else if (this.#isSearch()) this.#change("search", 1);
      else this.#change("pathname", 0);
      return false;
    }
    if (this.#state === "authority") {
      this.#rewindTo("hostname");
      return false;
    }
    this.#change("done", 0);
    return true;
  }

  #run(): void {
    switch (this.#state) {
      case "init":
        if (this.#is(":")) this.#rewindTo("protocol");
        return;
      case "protocol":
        if (this.#is(":")) this.#afterProtocol();
        return;
      case "authority":
        if (this.#is("@")) this.#rewindTo("username");
        else if (this.#is("/") || this.#isSearch() || this.#is("#")) this.#rewindTo("hostname");
        return;
      case "username":
        if (this.#is(":")) this.#change("password", 1);
        else if (this.#is("@")) this.#change("hostname", 1);
        return;
      case "password":
        if (this.#is("@")) this.#change("hostname", 1);
        return;
      case "hostname":
        if (this.#is("[")) this.#brackets++;
        else if (this.#is("]")) this.#brackets--;
        else if (this.#is(":") && this.#brackets === 0) this.#change("port", 1);
        else this.#afterHost();
        return;
      case "port":
        return this.#afterHost();
      case "pathname":
        if (this.#isSearch()) this.#change("search", 1);
        else if (this.#is("#")) this.#change("hash", 1);
        return;
      case "search":
        if (this.#is("#")) this.#change("hash", 1);
    }
  }

  #afterProtocol(): void {
    const component = new Component(this.#component(), canonicalProtocol);
    for (let i = 0; i < specialSchemes.length; i++) this.#isSpecial ||= component.match(specialSchemes[i]!) !== null;
    if (this.#is("/", 1) && this.#is("/", 2)) this.#change("authority", 3);
    else this.#change(this.#isSpecial ? "authority" : "pathname", 1);
  }

  #afterHost(): void {
    if (this.#is("/")) this.#change("pathname", 0);
    else if (this.#isSearch()) this.#change("search", 1);
    else if (this.#is("#")) this.#change("hash", 1);
  }

  #change(state: State, skip: number): void {
    const from = this.#state;
    const result = this.#result;
    if (from !== "init" && from !== "authority" && from !== "done") result[from] = this.#component();
    if (from !== "init" && state !== "done") {
      const isIn = (list: readonly State[], value: State) => ArrayPrototypeIncludes(list, value);
      if (isIn(beforeHost, from) && isIn(["port", "pathname", "search", "hash"], state)) result.hostname ??= "";
      if ((isIn(beforeHost, from) || from === "hostname" || from === "port") && isIn(["search", "hash"], state)) {
        result.pathname ??= this.#isSpecial ? "/" : "";
      }
      if (from !== "search" && state === "hash") result.search ??= "";
    }
    this.#state = state;
    this.#index += skip;
    this.#start = this.#index;
    this.#step = 0;
  }

  #rewind(): void {
    this.#index = this.#start;
    this.#step = 0;
  }

  #rewindTo(state: State): void {
    this.#rewind();
    this.#state = state;
  }

  #at(index: number): Token {
    return this.#tokens[index] ?? this.#tokens[this.#tokens.length - 1]!;
  }

  #component(): string {
    return StringPrototypeSlice(this.#input, this.#at(this.#start).index, this.#tokens[this.#index]!.index);
  }

  /** Whether the token is this character, and no part of a pattern. */
  #is(char: string, ahead = 0): boolean {
    const { type, value } = this.#at(this.#index + ahead);
    return value === char && ArrayPrototypeIncludes(characters, type);
  }

  /** Whether a search begins: a question mark that modifies nothing. */
  #isSearch(): boolean {
    if (this.#is("?")) return true;
    if (this.#tokens[this.#index]!.value !== "?") return false;
    return this.#index === 0 || !ArrayPrototypeIncludes(modifiable, this.#at(this.#index - 1).type);
  }
}

const characters: readonly TokenType[] = ["char", "escaped-char", "invalid-char"];
const modifiable: readonly TokenType[] = ["name", "regexp", "close", "asterisk"];
const beforeHost: readonly State[] = ["protocol", "authority", "username", "password"];

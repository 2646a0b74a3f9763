// The components of a pattern: https://urlpattern.spec.whatwg.org/#urlpattern-internals

import { RegExp, RegExpPrototypeExec, StringPrototypeStartsWith, TypeError } from "../core/primordials.ts";
import { type Encode, type Options, type Part, parseParts, patternOf, regexpOf } from "./parts.ts";

export interface Result {
  input: string;
  groups: Record<string, string | undefined>;
}

/** A compiled component. */
export class Component {
  readonly pattern: string;
  readonly hasRegexp: boolean;
  readonly #regexp: RegExp;
  readonly #names: readonly string[];

  constructor(input: string, encode: Encode, options: Options = plain, ignoreCase = false) {
    const parts = parseParts(input, options, encode);
    const { source, names } = regexpOf(parts, options);
    try {
      this.#regexp = new RegExp(source, ignoreCase ? "vi" : "v");
    } catch {
      throw new TypeError(`'${input}' is no pattern: one of its groups is no regular expression`);
    }
    this.#names = names;
    this.pattern = patternOf(parts, options);
    this.hasRegexp = hasRegexp(parts);
  }

  /** What the component makes of an input, or null if it does not match. */
  match(input: string): Result | null {
    const found = RegExpPrototypeExec(this.#regexp, input) as (string | undefined)[] | null;
    if (found === null) return null;
    const groups: Record<string, string | undefined> = {};
    for (let i = 0; i < this.#names.length; i++) groups[this.#names[i]!] = found[i + 1];
    return { input, groups };
  }
}

function hasRegexp(parts: readonly Part[]): boolean {
  for (let i = 0; i < parts.length; i++) if (parts[i]!.type === "regexp") return true;
  return false;
}

export const plain: Options = { delimiter: "", prefix: "" };
export const hostOptions: Options = { delimiter: ".", prefix: "" };
export const pathOptions: Options = { delimiter: "/", prefix: "/" };

/** Whether the pattern of a hostname is that of an IPv6 address. */
export function isIPv6Pattern(input: string): boolean {
  if (input.length < 2) return false;
  return StringPrototypeStartsWith(input, "[") || StringPrototypeStartsWith(input, "{[") || StringPrototypeStartsWith(input, "\\[");
}

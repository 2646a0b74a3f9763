// The options of hedge:cache, as the host takes them: texts that end with NUL, by twos, times in milliseconds.
import { MathRound, NumberIsFinite, TypeError } from "../core/primordials.ts";
import { dictionary, enumValue, isObject } from "../core/webidl.ts";
import { checkMembers, shown, toTags } from "../fetch/steering.ts";

/** The longest time, in seconds: 100 years. */
const longest = 100 * 365 * 86400;

const types = ["json", "text", "bytes", "stream"] as const;
export type ValueType = (typeof types)[number];

/** The members of an object of options, of which all names are known; undefined is an empty one. */
export function members(options: unknown, known: readonly string[], what: string): Readonly<Record<string, unknown>> {
  if (options !== undefined && !isObject(options)) throw new TypeError(`${what}: the options are not an object, as in { ${known[0]!}: … }`);
  if (options === undefined) return dictionary(options, what);
  checkMembers(options, known, `The options of ${what}`);
  return options as Record<string, unknown>;
}

/** A time in seconds; undefined is none. */
export function time(name: string, value: unknown, what: string): string {
  if (value === undefined) return "";
  return `${name}\0${milliseconds(name, value, what)}\0`;
}

/** A time in seconds, which is more than 0, in milliseconds. */
export function milliseconds(name: string, value: unknown, what: string): number {
  if (typeof value !== "number" || !NumberIsFinite(value) || value < 0.001 || value > longest) {
    throw new TypeError(`${what}: ${name} is a number of seconds, as in 60, and not ${shown(value)}`);
  }
  return MathRound(value * 1000);
}

export function tagOptions(value: unknown, what: string): string {
  const tags = toTags(value, `${what}: tags`);
  let text = "";
  for (let i = 0; i < tags.length; i++) text += `tag\0${tags[i]!}\0`;
  return text;
}

export function typeOption(value: unknown): ValueType | undefined {
  return value === undefined ? undefined : enumValue(value, types, "The option 'type'");
}

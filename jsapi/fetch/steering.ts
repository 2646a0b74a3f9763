// The option `hedge` of requests: what the edge's cache is to do with the answer.
import { writeText, writeWord } from "../../frame/frame.ts";
import { ArrayIsArray, ArrayPrototypeIncludes, ArrayPrototypeJoin, NumberIsInteger, ReflectOwnKeys, StringPrototypeCharCodeAt, StringPrototypeIncludes, TypeError } from "../core/primordials.ts";
import { USVString, isObject } from "../core/webidl.ts";

/** What the option says, as the host takes it: the key, "" for none, and the rest as texts that end with NUL, by twos. */
export interface Steering {
  readonly key: string;
  readonly options: string;
}

const members = ["key", "staleIfError", "staleWhileRevalidate", "store", "tags", "ttl"];

/** Behind the mode in its word: there is more. */
const steered = 8;

const mostSeconds = 2 ** 31;
const longestKey = 2048;
const longestTag = 256;
const mostTags = 256;

/** Reads the option; null takes back what the request before had. */
export function toSteering(value: unknown): Steering | null {
  if (value === null) return null;
  if (!isObject(value)) throw new TypeError("The option 'hedge' is not an object, as in hedge: { ttl: 60 }");
  checkMembers(value, members, "hedge");
  const { key, staleIfError, staleWhileRevalidate, store, tags, ttl } = value as Record<string, unknown>;
  let options = seconds("ttl", ttl) + seconds("staleWhileRevalidate", staleWhileRevalidate) + seconds("staleIfError", staleIfError);
  if (store !== undefined) {
    if (store !== "always" && store !== "never") throw new TypeError(`hedge.store is "always" or "never", and not ${shown(store)}`);
    options += `store\0${store}\0`;
  }
  const list = toTags(tags, "hedge.tags");
  for (let i = 0; i < list.length; i++) options += `tag\0${list[i]!}\0`;
  return { key: key === undefined ? "" : toKey(key, "hedge.key"), options };
}

/** Throws for a member that has another name than those that are known. */
export function checkMembers(value: object, known: readonly string[], what: string): void {
  const keys = ReflectOwnKeys(value);
  for (let i = 0; i < keys.length; i++) {
    const name = keys[i]!;
    if (typeof name === "string" && !ArrayPrototypeIncludes(known, name)) throw new TypeError(`${what} has no member '${name}': it has ${ArrayPrototypeJoin(known, ", ")}`);
  }
}

function seconds(name: string, value: unknown): string {
  if (value === undefined) return "";
  if (typeof value !== "number" || !NumberIsInteger(value) || value < 0 || value > mostSeconds) {
    throw new TypeError(`hedge.${name} is a whole number of seconds, as in ${name}: 60, and not ${shown(value)}`);
  }
  return `${name}\0${value}\0`;
}

/** The name of an entry. */
export function toKey(value: unknown, what: string): string {
  if (typeof value !== "string") throw new TypeError(`${what} is a string, and not ${shown(value)}`);
  if (value === "" || value.length > longestKey) throw new TypeError(`${what} has ${value.length} characters, and may have 1 to ${longestKey}`);
  return USVString(value);
}

/** A list of tags; undefined is an empty one. */
export function toTags(value: unknown, what: string): string[] {
  const tags: string[] = [];
  if (value === undefined) return tags;
  if (!ArrayIsArray(value)) throw new TypeError(`${what} is an array of strings, as in ["product-7"], and not ${shown(value)}`);
  if (value.length > mostTags) throw new TypeError(`${what} has ${value.length} tags, and may have ${mostTags}`);
  for (let i = 0; i < value.length; i++) tags[tags.length] = toTag(value[i]);
  return tags;
}

/** A tag, as it could stand in Cache-Tag and Surrogate-Key as well. */
export function toTag(value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`A tag is a string, and not ${shown(value)}`);
  let fits = value !== "" && value.length <= longestTag && !StringPrototypeIncludes(value, ",");
  for (let i = 0; fits && i < value.length; i++) {
    const unit = StringPrototypeCharCodeAt(value, i);
    fits = unit > 0x20 && unit !== 0x7f;
  }
  if (!fits) throw new TypeError(`A tag has 1 to ${longestTag} characters, and neither spaces nor commas, as in "product-7"; this one is ${shown(value)}`);
  return USVString(value);
}

/** A value in a message. */
export function shown(value: unknown): string {
  if (typeof value === "string") return value.length > 40 ? "a long string" : `"${value}"`;
  if (typeof value === "object" && value !== null) return ArrayIsArray(value) ? "an array" : "an object";
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  return `${value as number}`;
}

/** Writes a mode of the standard's, by its number, and what the option says. */
export function writeSteering(mode: number, steering: Steering | null): void {
  writeWord(steering === null ? mode : mode | steered);
  if (steering === null) return;
  writeText(steering.key);
  writeText(steering.options);
}

// hedge:cache: purges.
import { writeText, writeWord } from "../../frame/frame.ts";
import { PromisePrototypeThen, PromiseReject, StringPrototypeIndexOf, StringPrototypeSlice, TypeError } from "../core/primordials.ts";
import { isObject, requireArguments } from "../core/webidl.ts";
import { checkMembers, shown, toTag } from "../fetch/steering.ts";
import { isURL, parseURL, recordOf, serializeURL } from "../url/index.ts";
import { Op, ask, readBoolean } from "./host.ts";
import { members } from "./options.ts";

const kinds = ["tag", "url", "prefix", "host", "all"] as const;

export function purge(what: unknown): Promise<void> {
  try {
    requireArguments(arguments.length, 1, "purge");
    if (!isObject(what)) throw new TypeError(`purge: what to purge is an object, as in { tag: "product-7" }, and not ${shown(what)}`);
    checkMembers(what, ["tag", "url", "prefix", "host", "all", "soft"], "What to purge");
    const given = what as Readonly<Record<string, unknown>>;
    let kind: (typeof kinds)[number] | null = null;
    for (let i = 0; i < kinds.length; i++) {
      if (given[kinds[i]!] === undefined) continue;
      if (kind !== null) throw new TypeError(`purge: one thing at a time, and not ${kind} and ${kinds[i]!} at once`);
      kind = kinds[i]!;
    }
    if (kind === null) throw new TypeError(`purge: say what, as in { tag: "product-7" }, { url: "https://shop.example/a" }, { prefix: … }, { host: … } or { all: true }`);
    return send(kind, nameOf(kind, given[kind]), !!given.soft);
  } catch (reason) {
    return PromiseReject(reason);
  }
}

export function purgeTag(tag: unknown, options: unknown = undefined): Promise<void> {
  try {
    requireArguments(arguments.length, 1, "purgeTag");
    return send("tag", toTag(tag), !!members(options, ["soft"], "purgeTag").soft);
  } catch (reason) {
    return PromiseReject(reason);
  }
}

function nameOf(kind: string, value: unknown): string {
  if (kind === "tag") return toTag(value);
  if (kind === "all") {
    if (value !== true) throw new TypeError(`purge: all is true, and not ${shown(value)}`);
    return "";
  }
  const text = isURL(value) ? serializeURL(recordOf(value), true) : value;
  if (typeof text !== "string" || text === "") throw new TypeError(`purge: ${kind} is a string, and not ${shown(text)}`);
  return kind === "host" ? toHost(text) : withoutScheme(text);
}

// A host as entries are known by it, with its port if that is not the scheme's own.
function toHost(text: string): string {
  const record = parseURL(`https://${text}/`);
  const host = record === null ? "" : StringPrototypeSlice(serializeURL(record), "https://".length, -1);
  if (host === "" || StringPrototypeIndexOf(host, "/") >= 0 || StringPrototypeIndexOf(host, "*") >= 0) throw new TypeError(`purge: '${text}' is not a host`);
  return host;
}

// Host, path and query of a URL, which is how entries are known.
function withoutScheme(text: string): string {
  const record = parseURL(StringPrototypeIndexOf(text, "://") < 0 ? `https://${text}` : text);
  if (record === null) throw new TypeError(`purge: '${text}' is not a URL`);
  const url = serializeURL(record, true);
  return StringPrototypeSlice(url, StringPrototypeIndexOf(url, "://") + 3);
}

function send(kind: string, name: string, soft: boolean): Promise<void> {
  const write = (): void => {
    writeText(kind);
    writeText(name);
    writeWord(soft ? 1 : 0);
  };
  return PromisePrototypeThen(ask(Op.Purge, write, readBoolean), () => undefined);
}

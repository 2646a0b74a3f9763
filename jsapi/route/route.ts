// hedge:route: requests sent on to origins, under one hostname.
import { writeText } from "../../frame/frame.ts";
import { ArrayPrototypeSort, NumberParseInt, ObjectKeys, PromiseReject, ReflectApply, RegExpPrototypeTest, SafeWeakMap, StringFromCharCode, StringPrototypeEndsWith, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeStartsWith, TypeError } from "../core/primordials.ts";
import { DOMString, isObject, requireArguments } from "../core/webidl.ts";
import { send } from "../fetch/fetch.ts";
import { Request, isRequest, requestState, requestURL } from "../fetch/request.ts";
import { Response } from "../fetch/response.ts";
import { parseURL, recordOf, isURL, serializeURL } from "../url/index.ts";

/** The number of the op, which route.go knows too. */
const routeOp = 2;

type Handler = (request: Request, ...rest: unknown[]) => unknown;

/** Which target a handler of upstream() or split() stands for, known to mount(). */
const targets = new SafeWeakMap<Handler, string>();

// Sends a request to an origin as a reverse proxy does. The prefix is taken off
// its path, and put back in front of the answer's Location and cookie paths.
function proxy(target: string, prefix: string, input: unknown): Promise<Response> {
  try {
    const request = isRequest(input) ? input : new Request(input);
    return send(requestState(request), routeOp, () => {
      writeText(target);
      writeText(prefix);
    });
  } catch (reason) {
    return PromiseReject(reason);
  }
}

/** A handler that sends requests to an upstream of hedge.toml, by name, or to an origin, by URL. */
export function upstream(origin: unknown): Handler {
  requireArguments(arguments.length, 1, "upstream");
  return toTarget(originTarget(origin));
}

/** A handler that sends each visitor to one side of a split of hedge.toml, by its name. */
export function split(name: unknown): Handler {
  requireArguments(arguments.length, 1, "split");
  return toTarget("split:" + DOMString(name));
}

function toTarget(target: string): Handler {
  const handler: Handler = (request) => proxy(target, "", request);
  targets.set(handler, target);
  return handler;
}

// The form in which the host takes an origin: "upstream:NAME" or a URL.
function originTarget(origin: unknown): string {
  const text = isURL(origin) ? serializeURL(recordOf(origin)) : DOMString(origin);
  if (!StringPrototypeStartsWith(text, "http:") && !StringPrototypeStartsWith(text, "https:")) return "upstream:" + text;
  const record = parseURL(text);
  if (record === null) throw new TypeError(`'${text}' is not a URL`);
  return serializeURL(record, true);
}

interface Mount {
  /** Without a slash at its end: "" for everything. */
  prefix: string;
  /** What is sent on by the host; otherwise handler answers. */
  target: string | undefined;
  handler: Handler | undefined;
}

/** A handler that chooses among others by the path's prefix; the longest that fits wins. Prefixes end at segments. */
export function mount(table: unknown): Handler {
  requireArguments(arguments.length, 1, "mount");
  if (!isObject(table)) throw new TypeError("mount takes an object of prefixes and where they lead");
  const mounts = readTable(table as Record<string, unknown>);
  return (...args) => {
    const request = args[0];
    const url = requestURL(requestState(isRequest(request) ? request : new Request(request)));
    const found = find(mounts, normalPath(parseURL(url)!.pathname));
    if (found === undefined) return new Response("Nothing is mounted at this path\n", { status: 404 });
    return found.target === undefined ? ReflectApply(found.handler!, undefined, args) : proxy(found.target, found.prefix, request);
  };
}

function readTable(table: Record<string, unknown>): Mount[] {
  const keys = ObjectKeys(table);
  const mounts: Mount[] = [];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (!StringPrototypeStartsWith(key, "/")) throw new TypeError(`mount: '${key}' does not begin with a slash`);
    const prefix = StringPrototypeEndsWith(key, "/") ? StringPrototypeSlice(key, 0, -1) : key;
    mounts[mounts.length] = toMount(prefix, key, table[key]);
  }
  return ArrayPrototypeSort(mounts, (a: Mount, b: Mount) => b.prefix.length - a.prefix.length) as Mount[];
}

function toMount(prefix: string, key: string, value: unknown): Mount {
  if (typeof value === "function") return { prefix, target: targets.get(value as Handler), handler: value as Handler };
  if (typeof value === "string" || isURL(value)) return { prefix, target: originTarget(value), handler: undefined };
  if (isObject(value) && typeof (value as { fetch?: unknown }).fetch === "function") {
    const app = value as { fetch: Handler };
    return { prefix, target: undefined, handler: (...args) => ReflectApply(app.fetch, app, args) };
  }
  throw new TypeError(`mount: '${key}' leads to no handler, origin or upstream`);
}

const unreserved = /^[A-Za-z0-9\-._~]$/;

// A path as the host compares it: what is percent-encoded without need is decoded
// (RFC 3986 §6.2.2.2), so that /%62log is below /blog.
function normalPath(path: string): string {
  let at = StringPrototypeIndexOf(path, "%");
  if (at < 0) return path;
  let normal = "";
  let copied = 0;
  for (; at >= 0; at = StringPrototypeIndexOf(path, "%", at + 1)) {
    const character = StringFromCharCode(NumberParseInt(StringPrototypeSlice(path, at + 1, at + 3), 16));
    if (!RegExpPrototypeTest(unreserved, character)) continue;
    normal += StringPrototypeSlice(path, copied, at) + character;
    copied = at + 3;
  }
  return normal + StringPrototypeSlice(path, copied);
}

function find(mounts: readonly Mount[], path: string): Mount | undefined {
  for (let i = 0; i < mounts.length; i++) {
    const { prefix } = mounts[i]!;
    if (prefix === "" || path === prefix || StringPrototypeStartsWith(path, prefix + "/")) return mounts[i];
  }
  return undefined;
}

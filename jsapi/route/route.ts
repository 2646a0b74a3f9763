// hedge:route: requests sent on to origins, under one hostname.
import { writeText } from "../../frame/frame.ts";
import { ArrayPrototypeSort, NumberParseInt, ObjectKeys, PromiseReject, RangeError, ReflectApply, RegExpPrototypeTest, SafeWeakMap, StringFromCharCode, StringPrototypeEndsWith, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeStartsWith, StringPrototypeToUpperCase, TypeError } from "../core/primordials.ts";
import { DOMString, isObject, requireArguments, unsignedShort } from "../core/webidl.ts";
import { send } from "../fetch/fetch.ts";
import { type HeaderList, headerName, headerValue, newHeaders } from "../fetch/headers.ts";
import { Request, isRequest, requestState, requestURL } from "../fetch/request.ts";
import { Response, isResponse, responseState, withOwnHeaders } from "../fetch/response.ts";
import { parseURL, recordOf, isURL, serializeURL } from "../url/index.ts";

/** The number of the op, which route.go knows too. */
const routeOp = 2;

type Handler = (...args: unknown[]) => unknown;

/** Answers a request below a prefix of the path, "" for all of it. args are those of the handler, the request first. */
type Place = (prefix: string, args: unknown[]) => unknown;

/** What the handlers made here do below a prefix, known to mount() and to those that wrap handlers. */
const places = new SafeWeakMap<Handler, Place>();

/** Which target a handler of upstream() or split() stands for, known to rewrite(). */
const targets = new SafeWeakMap<Handler, string>();

function toHandler(place: Place): Handler {
  const handler: Handler = (...args) => place("", args);
  places.set(handler, place);
  return handler;
}

// Sends a request to an origin as a reverse proxy does. The prefix is taken off
// its path, and put back in front of the answer's Location and cookie paths.
function proxy(target: string, prefix: string, input: unknown): Promise<Response> {
  try {
    return send(requestState(toRequest(input)), routeOp, () => {
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
  const handler = toHandler(toPlace(target));
  targets.set(handler, target);
  return handler;
}

function toPlace(target: string): Place {
  return (prefix, args) => proxy(target, prefix, args[0]);
}

/** A handler that serves the files of a folder that hedge.toml names. */
export function files(folder: unknown, options: unknown = undefined): Handler {
  requireArguments(arguments.length, 1, "files");
  const { fallback, notFound, dotfiles } = (isObject(options) ? options : {}) as Record<string, unknown>;
  return toHandler(toPlace(`dir:${DOMString(folder)}\n${optional(fallback)}\n${optional(notFound)}\n${dotfiles ? "dotfiles" : ""}`));
}

function optional(value: unknown): string {
  return value === undefined ? "" : DOMString(value);
}

/** A handler that sends clients to another URL, by a template as hedge.toml has it. */
export function redirect(to: unknown, status: unknown = 307): Handler {
  requireArguments(arguments.length, 1, "redirect");
  const code = unsignedShort(status);
  if (code !== 301 && code !== 302 && code !== 303 && code !== 307 && code !== 308) throw new RangeError(`${code} is not the status of a redirect`);
  return toHandler(toPlace(`redirect:${code} ${DOMString(to)}`));
}

/** A handler that gives every request the same answer. */
export function respond(status: unknown, body: unknown = null, init: unknown = undefined): Handler {
  requireArguments(arguments.length, 1, "respond");
  const code = unsignedShort(status);
  const text = body === null || body === undefined ? null : DOMString(body);
  const headers = isObject(init) ? (init as { headers?: unknown }).headers : undefined;
  new Response(text, { status: code, headers }); // so that what is wrong shows at once
  return toHandler(() => new Response(text, { status: code, headers }));
}

/** A handler that moves requests from one path to another, and sends them on. */
export function rewrite(from: unknown, to: unknown, origin: unknown): Handler {
  requireArguments(arguments.length, 3, "rewrite");
  const target = typeof origin === "function" ? targets.get(origin as Handler) : originTarget(origin);
  if (target === undefined) throw new TypeError("rewrite leads to an origin, an upstream or a split");
  return toHandler(toPlace(`rewrite:${pathArgument(from)} ${pathArgument(to)} ${target}`));
}

function pathArgument(value: unknown): string {
  const path = DOMString(value);
  if (!StringPrototypeStartsWith(path, "/") || StringPrototypeIndexOf(path, " ") >= 0) throw new TypeError(`'${path}' is not a path`);
  return path;
}

/** A handler that counts requests by a rate limit of hedge.toml, and answers 429 to those that come too soon. */
export function rateLimit(name: unknown, destination: unknown): Handler {
  requireArguments(arguments.length, 2, "rateLimit");
  const target = "rate_limit:" + DOMString(name);
  const place = placeOf(destination, "rateLimit");
  return toHandler(async (prefix, args) => {
    const state = requestState(toRequest(args[0]));
    const counted = await proxy(target, "", new Request(requestURL(state), { headers: newHeaders(state.headers, true) }));
    const said = responseState(counted).headers;
    if (counted.status !== 204) return counted;
    const answer = mutable(await place(prefix, args));
    const headers = responseState(answer).headers;
    copyField("ratelimit-policy", said, headers);
    copyField("ratelimit", said, headers);
    return answer;
  });
}

function copyField(name: string, from: HeaderList, to: HeaderList): void {
  const value = from.get(name);
  if (value !== null) to.append(name, value);
}

/** A handler that changes the fields of requests before, and of answers after another one has answered. */
export function withHeaders(changes: unknown, destination: unknown): Handler {
  requireArguments(arguments.length, 2, "withHeaders");
  const { request, response } = (isObject(changes) ? changes : {}) as Record<string, unknown>;
  const before = readChanges(request);
  const after = readChanges(response);
  const place = placeOf(destination, "withHeaders");
  return toHandler(async (prefix, args) => {
    const next = new Request(args[0]);
    change(requestState(next).headers, before);
    const rest: unknown[] = [next];
    for (let i = 1; i < args.length; i++) rest[i] = args[i];
    const answer = mutable(await place(prefix, rest));
    change(responseState(answer).headers, after);
    return answer;
  });
}

/** Changes of fields, in the order in which they are made. */
type Changes = [how: "remove" | "set" | "add", name: string, value: string][];

function readChanges(value: unknown): Changes {
  const all: Changes = [];
  if (value === undefined) return all;
  if (!isObject(value)) throw new TypeError("changes of headers are an object of remove, set and add");
  const { remove, set, add } = value as Record<string, unknown>;
  const names = remove === undefined ? [] : (remove as ArrayLike<unknown>);
  for (let i = 0; i < names.length; i++) all[all.length] = ["remove", headerName(DOMString(names[i])), ""];
  readFields(all, "set", set);
  readFields(all, "add", add);
  return all;
}

function readFields(all: Changes, how: "set" | "add", fields: unknown): void {
  if (fields === undefined) return;
  if (!isObject(fields)) throw new TypeError("the fields to " + how + " are an object of names and values");
  const names = ObjectKeys(fields as Record<string, unknown>);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    all[all.length] = [how, headerName(name), headerValue(DOMString((fields as Record<string, unknown>)[name]))];
  }
}

function change(list: HeaderList, changes: Changes): void {
  for (let i = 0; i < changes.length; i++) {
    const one = changes[i]!;
    if (one[0] === "remove") list.delete(one[1]);
    else if (one[0] === "set") list.set(one[1], one[2]);
    else list.append(one[1], one[2]);
  }
}

// An answer whose fields can be changed: those of fetch and of origins cannot, and a handler may give the same one again.
function mutable(answer: unknown): Response {
  if (!isResponse(answer)) throw new TypeError("The handler has returned no Response");
  return withOwnHeaders(answer);
}

function toRequest(input: unknown): Request {
  return isRequest(input) ? input : new Request(input);
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
  place: Place;
}

/** A handler that chooses among others by the path's prefix; the longest that fits wins. Prefixes end at segments. */
export function mount(table: unknown): Handler {
  requireArguments(arguments.length, 1, "mount");
  if (!isObject(table)) throw new TypeError("mount takes an object of prefixes and where they lead");
  const mounts = readTable(table as Record<string, unknown>);
  return (...args) => {
    const url = requestURL(requestState(toRequest(args[0])));
    const found = find(mounts, normalPath(parseURL(url)!.pathname));
    if (found === undefined) return new Response("Nothing is mounted at this path\n", { status: 404 });
    return found.place(found.prefix, args);
  };
}

function readTable(table: Record<string, unknown>): Mount[] {
  const keys = ObjectKeys(table);
  const mounts: Mount[] = [];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (!StringPrototypeStartsWith(key, "/")) throw new TypeError(`mount: '${key}' does not begin with a slash`);
    const path = pathOfKey(key);
    const prefix = StringPrototypeEndsWith(path, "/") ? StringPrototypeSlice(path, 0, -1) : path;
    mounts[mounts.length] = { prefix, place: placeOf(table[key], `mount: '${key}'`) };
  }
  return ArrayPrototypeSort(mounts, (a: Mount, b: Mount) => b.prefix.length - a.prefix.length) as Mount[];
}

// A key as the paths of requests are compared: "/grüße" is "/gr%C3%BC%C3%9Fe" there.
function pathOfKey(key: string): string {
  if (StringPrototypeIndexOf(key, "?") >= 0 || StringPrototypeIndexOf(key, "#") >= 0) throw new TypeError(`mount: '${key}' is more than a path`);
  return normalPath(parseURL(`http://a${key}`)!.pathname);
}

// What a handler, the URL of an origin or an app does below a prefix.
function placeOf(value: unknown, whose: string): Place {
  if (typeof value === "function") return places.get(value as Handler) ?? ((_, args) => ReflectApply(value as Handler, undefined, args));
  if (typeof value === "string" || isURL(value)) return toPlace(originTarget(value));
  if (isObject(value) && typeof (value as { fetch?: unknown }).fetch === "function") {
    const app = value as { fetch: Handler };
    return (_, args) => ReflectApply(app.fetch, app, args);
  }
  throw new TypeError(`${whose} leads to no handler, origin or upstream`);
}

const unreserved = /^[A-Za-z0-9\-._~]$/;

// A path as the host compares it: what is percent-encoded without need is decoded, and the
// rest in capitals (RFC 3986 §6.2.2), so that /%62log is below /blog.
function normalPath(path: string): string {
  let at = StringPrototypeIndexOf(path, "%");
  if (at < 0) return path;
  let normal = "";
  let copied = 0;
  for (; at >= 0; at = StringPrototypeIndexOf(path, "%", copied)) {
    const escape = StringPrototypeSlice(path, at, at + 3);
    const character = StringFromCharCode(NumberParseInt(StringPrototypeSlice(escape, 1), 16));
    normal += StringPrototypeSlice(path, copied, at) + (RegExpPrototypeTest(unreserved, character) ? character : StringPrototypeToUpperCase(escape));
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

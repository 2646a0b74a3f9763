// hedge:cache: values beside HTTP.
import { readText, writeText, writeWord } from "../../frame/frame.ts";
import { ArrayIsArray, ArrayPrototypeMap, NumberIsInteger, Promise, PromisePrototypeThen, PromiseReject, PromiseResolve, TypeError } from "../core/primordials.ts";
import { requireArguments } from "../core/webidl.ts";
import { consume, toJSON, toOwnBytes, toText } from "../fetch/body.ts";
import { shown, toKey } from "../fetch/steering.ts";
import { Kind, Op, type Stored, ask, readBoolean, readStored, toContent } from "./host.ts";
import { type ValueType, members, tagOptions, time, typeOption } from "./options.ts";

/** How many values one call asks for at most. */
const mostValues = 1000;

/** A value as code wants it; a type that is undefined is what it was. */
export function decode(stored: Stored | null, type: ValueType | undefined): Promise<unknown> {
  if (stored === null) return PromiseResolve(undefined);
  switch (type ?? (stored.kind === Kind.JSON ? "json" : "bytes")) {
    case "json":
      return consume(stored.body, toJSON);
    case "text":
      return consume(stored.body, toText);
    case "bytes":
      return consume(stored.body, toOwnBytes);
    case "stream":
      return PromiseResolve(stored.body.stream);
  }
}

/** Calls an async function whose arguments have been checked; what that throws becomes a rejection. */
function attempt<T>(fn: () => Promise<T>): Promise<T> {
  try {
    return fn();
  } catch (reason) {
    return PromiseReject(reason);
  }
}

// What is returned is awaited first: a promise that a promise is resolved with would be asked for its then, which an app can replace.

export async function get(key: unknown, options: unknown = undefined): Promise<unknown> {
  requireArguments(arguments.length, 1, "get");
  const name = toKey(key, "get: the key");
  const type = typeOption(members(options, ["type"], "get").type);
  const found = await fetchValues([name]);
  return await decode(found.list[0]!, type);
}

export async function getMulti(keys: unknown, options: unknown = undefined): Promise<unknown[]> {
  requireArguments(arguments.length, 1, "getMulti");
  if (!ArrayIsArray(keys)) throw new TypeError(`getMulti: the keys are an array, as in ["a", "b"], and not ${shown(keys)}`);
  if (keys.length > mostValues) throw new TypeError(`getMulti: ${keys.length} keys are more than ${mostValues}`);
  const names: string[] = [];
  for (let i = 0; i < keys.length; i++) names[i] = toKey(keys[i], "getMulti: a key");
  const type = typeOption(members(options, ["type"], "getMulti").type);
  const found = await fetchValues(names);
  return await all(ArrayPrototypeMap(found.list, (one) => decode(one, type)));
}

interface Found {
  readonly list: (Stored | null)[];
}

function fetchValues(names: readonly string[]): Promise<Found> {
  const write = (): void => {
    writeWord(names.length);
    for (let i = 0; i < names.length; i++) writeText(names[i]!);
  };
  return ask(Op.Get, write, () => {
    const list: (Stored | null)[] = [];
    for (let i = 0; i < names.length; i++) list[i] = readStored();
    return { __proto__: null, list } as never;
  });
}

/** Promise.all, which an app can replace, for a list of ours. */
function all(promises: readonly Promise<unknown>[]): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const values: unknown[] = [];
    let left = promises.length;
    if (left === 0) resolve(values);
    for (let i = 0; i < promises.length; i++) {
      PromisePrototypeThen(
        promises[i]!,
        (value) => {
          values[i] = value;
          if (--left === 0) resolve(values);
        },
        reject,
      );
    }
  });
}

export function set(key: unknown, value: unknown, options: unknown = undefined): Promise<boolean> {
  return attempt(() => {
    requireArguments(arguments.length, 2, "set");
    const name = toKey(key, "set: the key");
    const { onlyIfEmpty, tags, ttl } = members(options, ["ttl", "tags", "onlyIfEmpty"], "set");
    const how = time("ttl", ttl, "set") + tagOptions(tags, "set") + (onlyIfEmpty ? "onlyIfEmpty\0\0" : "");
    const content = toContent(value, "set: the value");
    const write = (): void => {
      writeText(name);
      writeText(how);
      content.write();
    };
    return ask(Op.Set, write, readBoolean, content.watched);
  });
}

export function touch(key: unknown, ttl: unknown = undefined): Promise<boolean> {
  return attempt(() => {
    requireArguments(arguments.length, 1, "touch");
    const name = toKey(key, "touch: the key");
    const how = time("ttl", ttl, "touch");
    return ask(
      Op.Touch,
      () => {
        writeText(name);
        writeText(how);
      },
      readBoolean,
    );
  });
}

export function remove(key: unknown): Promise<boolean> {
  return attempt(() => {
    requireArguments(arguments.length, 1, "delete");
    const name = toKey(key, "delete: the key");
    return ask(Op.Delete, () => writeText(name), readBoolean);
  });
}

export function increment(key: unknown, by: unknown = 1, options: unknown = undefined): Promise<number> {
  return attempt(() => {
    requireArguments(arguments.length, 1, "increment");
    const name = toKey(key, "increment: the key");
    if (typeof by !== "number" || !NumberIsInteger(by) || by > 2 ** 53 - 1 || by < -(2 ** 53 - 1)) throw new TypeError(`increment: the number to add is an integer, and not ${shown(by)}`);
    const { tags, ttl } = members(options, ["ttl", "tags"], "increment");
    const how = time("ttl", ttl, "increment") + tagOptions(tags, "increment");
    const write = (): void => {
      writeText(name);
      writeText(how);
      writeWord(Kind.JSON);
      writeText(`${by}`);
    };
    return ask(Op.Increment, write, () => +readText());
  });
}

// hedge:cache: getOrSet, which has a value made once for all who ask for it.
import { readText, writeText, writeWord } from "../../frame/frame.ts";
import { currentContext, runIn } from "../../worker/context.ts";
import { currentSpan, newSpan } from "../core/continuation.ts";
import { Error } from "../core/primordials.ts";
import { callbackFunction, requireArguments } from "../core/webidl.ts";
import { Body } from "../fetch/body.ts";
import { keepAlive } from "../fetch/keepalive.ts";
import { toKey } from "../fetch/steering.ts";
import { Op, type Stored, ask, readStored, toContent } from "./host.ts";
import { type ValueType, members, milliseconds, tagOptions, time, typeOption } from "./options.ts";
import { decode } from "./values.ts";

const known = ["staleWhileRevalidate", "staleIfError", "tags", "type"];

/** How deep calls may be in each other. */
const deepest = 64;

/** A value to be made: by which function, and how it is kept. */
interface Task {
  readonly make: () => unknown;
  readonly options: string;
  readonly type: ValueType | undefined;
}

export async function getOrSet(key: unknown, ttl: unknown, fn: unknown, options: unknown = undefined): Promise<unknown> {
  requireArguments(arguments.length, 3, "getOrSet");
  const name = toKey(key, "getOrSet: the key");
  const make = callbackFunction<() => unknown>(fn, "getOrSet: what makes the value");
  const { staleIfError, staleWhileRevalidate, tags, type } = members(options, known, "getOrSet");
  const task: Task = {
    make,
    options:
      `ttl\0${milliseconds("ttl", ttl, "getOrSet")}\0` +
      time("staleWhileRevalidate", staleWhileRevalidate === undefined ? ttl : staleWhileRevalidate === 0 ? undefined : staleWhileRevalidate, "getOrSet") +
      time("staleIfError", staleIfError === 0 ? undefined : staleIfError, "getOrSet") +
      tagOptions(tags, "getOrSet"),
    type: typeOption(type),
  };
  const claimed = await claim(name);
  if (claimed.lead === "") return await decode(claimed.stored, task.type);
  if (claimed.stored === null) return await compute(claimed.lead, task);
  keepAlive(currentContext()!, compute(claimed.lead, task));
  return await decode(claimed.stored, task.type);
}

interface Claimed {
  readonly stored: Stored | null;
  /** The computation that is ours; "": there is none. */
  readonly lead: string;
}

function claim(name: string): Promise<Claimed> {
  const within: string[] = [];
  for (let span = currentSpan(); span !== undefined; span = span.outer) within[within.length] = span.name;
  if (within.length > deepest) throw new Error(`getOrSet: ${deepest} calls are in each other`);
  const write = (): void => {
    writeText(name);
    writeWord(within.length);
    for (let i = 0; i < within.length; i++) writeText(within[i]!);
  };
  return ask(Op.Claim, write, () => ({ __proto__: null, stored: readStored(), lead: readText() }) as never);
}

/** Makes a value and hands it over. If that fails, a stale one may do. */
async function compute(lead: string, task: Task): Promise<unknown> {
  let content;
  try {
    content = toContent(await runIn(newSpan(lead), task.make), "getOrSet: the value");
  } catch (reason) {
    const stored = await failed(lead, reason);
    if (stored === null) throw reason;
    return await decode(stored, task.type);
  }
  const given = content;
  const write = (): void => {
    writeText(lead);
    writeText(task.options);
    given.write();
  };
  const kept = await ask(Op.Settle, write, readStored, given.watched);
  const stored = given.inline === null ? kept : { kind: given.kind, body: new Body(given.inline as string, null) };
  if (stored === null) throw new Error("getOrSet: the value was deleted, or had to make room, before it could be read");
  return await decode(stored, task.type);
}

function failed(lead: string, reason: unknown): Promise<Stored | null> {
  const text = textOf(reason);
  const write = (): void => {
    writeText(lead);
    writeText(text);
  };
  return ask(Op.Fail, write, readStored);
}

/** What others get to know of an exception, which is code's: reading it may throw. */
function textOf(reason: unknown): string {
  try {
    return `${reason as string}`;
  } catch {
    return "an exception that is no text";
  }
}


// What an app prints, and what it throws that nobody catches.
import { Kind, begin, end, turnTime, writeRaw, writeText, writeWord } from "../frame/frame.ts";
import { SafeSet, TypedArrayPrototypeGetByteLength } from "../jsapi/core/primordials.ts";
import { contextId, currentContext, type RequestContext } from "./context.ts";
import { describe } from "./errors.ts";

const { callSite } = __host;

/** The levels, in the order of their numbers. */
export type Level = "debug" | "log" | "info" | "warn" | "error";

function levelNumber(level: Level): number {
  switch (level) {
    case "debug":
      return 0;
    case "log":
      return 1;
    case "info":
      return 2;
    case "warn":
      return 3;
    default:
      return 4;
  }
}

/** The number of hints, which the host shows to who develops the app, and to nobody else. */
const hintLevel = 5;

/** Sends a line to the host. site: "file:line:column", or "". */
export function print(level: Level, text: string, site: string): void {
  send(levelNumber(level), text, site);
}

/** The number of a line that is left out, which the host counts. */
const droppedLevel = 6;

/**
 * How many characters a turn hands to the host, which prints a sixteenth of that at once and drops the rest. They take
 * the app's memory until the turn has ended.
 */
const mostOfTurn = 1 << 20;
let turn = 0;
let characters = 0;

/** Whether the turn has handed over all that it may. */
function isFull(): boolean {
  if (turnTime() !== turn) {
    turn = turnTime();
    characters = 0;
  }
  return characters > mostOfTurn;
}

/** Takes characters out of what the turn may hand over; false when that is too much. */
function fits(count: number): boolean {
  if (isFull()) return false;
  characters += count;
  return characters <= mostOfTurn;
}

const hinted = new SafeSet<string>();

/** Tells who develops the app of something that it does in vain; once for each text. */
export function hint(text: string): void {
  if (hinted.has(text)) return;
  hinted.add(text);
  send(hintLevel, text, callSite());
}

function send(level: number, text: string, site: string): void {
  const context = currentContext();
  if (fits(text.length)) write(context, level, text, site);
  else write(context, droppedLevel, "", "");
}

function write(context: RequestContext | undefined, level: number, text: string, site: string): void {
  begin(Kind.Console, contextId(context));
  writeWord(level);
  writeText(site);
  writeText(text);
  end();
}

/** Tells the host of an exception that nobody caught, whose description takes as much of the turn as a line of its length. */
export function reportUncaught(context: RequestContext | undefined, reason: unknown): void {
  if (isFull()) return write(context, droppedLevel, "", "");
  const description = describe(reason);
  if (!fits(TypedArrayPrototypeGetByteLength(description))) return write(context, droppedLevel, "", "");
  begin(Kind.Uncaught, contextId(context));
  writeRaw(description);
  end();
}

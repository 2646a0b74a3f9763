// The arguments of console.log and its like as one text: https://console.spec.whatwg.org/#formatter

import {
  NumberParseFloat,
  NumberParseInt,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  SymbolPrototypeToString,
} from "../core/primordials.ts";
import { clip, inspect, type InspectOptions, maxOutput } from "./inspect.ts";

const shallow = { __proto__: null, depth: 0 } as InspectOptions;
const withHidden = { __proto__: null, showHidden: true } as InspectOptions;

/** Strings as they are, all else inspected, with a space in between; a string in front can have format specifiers. */
export function formatLog(args: readonly unknown[]): string {
  if (args.length === 0) return "";
  const first = args[0];
  let used = 1;
  let output = "";
  if (typeof first === "string") {
    const filled = fillIn(first, args);
    output = filled.text;
    used = filled.used;
  } else {
    output = inspect(first);
  }
  for (let i = used; i < args.length && output.length < maxOutput; i++) output += ` ${textOf(args[i])}`;
  return clip(output, maxOutput);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}

/** Replaces the format specifiers of a text by the arguments after it. used counts the text itself, too. */
function fillIn(text: string, args: readonly unknown[]): { text: string; used: number } {
  let output = "";
  let used = 1;
  let kept = 0;
  for (let percent = StringPrototypeIndexOf(text, "%"); percent >= 0; ) {
    const specifier = text[percent + 1];
    let replacement: string | undefined;
    if (specifier === "%") replacement = args.length > 1 ? "%" : undefined;
    else if (used < args.length) replacement = format(specifier, args[used]);
    if (replacement !== undefined) {
      if (specifier !== "%") used++;
      output += StringPrototypeSlice(text, kept, percent) + replacement;
      kept = percent + 2;
    }
    percent = StringPrototypeIndexOf(text, "%", percent + (replacement !== undefined || specifier === "%" ? 2 : 1));
  }
  return { text: output + StringPrototypeSlice(text, kept), used };
}

/** An argument in the form that a specifier asks for; undefined for what is no specifier. */
function format(specifier: string | undefined, value: unknown): string | undefined {
  switch (specifier) {
    case "s":
      if (typeof value === "symbol") return SymbolPrototypeToString(value);
      return typeof value === "string" ? value : inspect(value, shallow);
    case "d":
    case "i":
      return typeof value === "bigint" ? `${value}n` : `${NumberParseInt(numeric(value), 10)}`;
    case "f":
      return `${NumberParseFloat(numeric(value))}`;
    case "o":
      return inspect(value, withHidden);
    case "O":
      return inspect(value);
    case "c":
      return ""; // styles for a browser's page
    default:
      return undefined;
  }
}

/** What a number is read from; objects are none, for converting them would run code of the app. */
function numeric(value: unknown): string {
  return typeof value === "symbol" || typeof value === "object" || typeof value === "function" ? "NaN" : `${value}`;
}

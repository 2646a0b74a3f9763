// Errors: their stack, their cause, and whatever else was put on them.

import {
  ArrayPrototypeJoin,
  StringPrototypeIndexOf,
  StringPrototypeRepeat,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
} from "../core/primordials.ts";
import { type DOMException, domExceptionParts, isDOMException } from "../events/domexception.ts";
import { type Inspector, maxOutput } from "./inspect.ts";
import { enclose } from "./layout.ts";
import { className, dataValue, ownProperty, stackOf } from "./reflect.ts";

export function formatError(inspector: Inspector, value: object, indent: number): string {
  const text = indentLines(stackText(value), indent);
  inspector.spend(text.length);
  const pieces: string[] = [];
  if (inspector.tooDeep("") === undefined) {
    addHidden(inspector, pieces, value, "cause", indent);
    addHidden(inspector, pieces, value, "errors", indent);
    inspector.addProperties(pieces, value, indent, isShownAlready);
  }
  return pieces.length === 0 ? text : enclose(text, "{", "}", pieces, indent);
}

function isShownAlready(key: PropertyKey): boolean {
  return key === "stack" || key === "message" || key === "cause" || key === "errors";
}

/** Adds a property that is not enumerable when the engine makes it. */
function addHidden(inspector: Inspector, pieces: string[], value: object, key: string, indent: number): void {
  const property = ownProperty(value, key);
  if (property === undefined) return;
  const name = property.enumerable ? key : inspector.style(`[${key}]`, "dim");
  pieces[pieces.length] = `${name}: ${inspector.propertyValue(property, indent)}`;
}

/** The stack under a first line that says what the error is now, for its message can have changed since it was made. */
function stackText(value: object): string {
  const title = titleOf(value);
  const stack = stackOf(value);
  if (stack === undefined || stack === "") return `[${title}]`;
  const clipped = stack.length > maxOutput ? StringPrototypeSlice(stack, 0, maxOutput) : stack;
  const frames = framesStart(clipped);
  if (frames === 0) return `${title}\n${clipped}`;
  if (frames < 0) return StringPrototypeStartsWith(clipped, title) ? clipped : `[${title}]`;
  return title + StringPrototypeSlice(clipped, frames);
}

/** Where the lines with the places begin: 0 when there is nothing else, -1 when there are none. */
function framesStart(stack: string): number {
  return StringPrototypeStartsWith(stack, "    at ") ? 0 : StringPrototypeIndexOf(stack, "\n    at ");
}

/** "name: message", with the class where the name does not tell it. */
function titleOf(value: object): string {
  const { name, message } = isDOMException(value) ? domTitle(value) : plainTitle(value);
  return message === "" ? name : `${name}: ${message}`;
}

function domTitle(value: DOMException): { name: string; message: string } {
  const { name, message } = domExceptionParts(value);
  return { name: `DOMException [${name}]`, message };
}

function plainTitle(value: object): { name: string; message: string } {
  const name = textOf(dataValue(value, "name"), "Error");
  const kind = className(value);
  const tellsClass = name !== "Error" || kind === "Object";
  return { name: tellsClass ? name : kind, message: textOf(dataValue(value, "message"), "") };
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

function indentLines(text: string, indent: number): string {
  if (indent === 0) return text;
  const lines: string[] = [];
  for (let start = 0; start <= text.length; ) {
    const newline = StringPrototypeIndexOf(text, "\n", start);
    const end = newline < 0 ? text.length : newline;
    lines[lines.length] = StringPrototypeSlice(text, start, end);
    start = end + 1;
  }
  return ArrayPrototypeJoin(lines, `\n${StringPrototypeRepeat(" ", indent)}`);
}

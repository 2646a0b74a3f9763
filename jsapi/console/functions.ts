// Functions and classes.

import { FunctionPrototypeToString, ReflectGetPrototypeOf, StringPrototypeStartsWith } from "../core/primordials.ts";
import type { Inspector } from "./inspect.ts";
import { functionName } from "./reflect.ts";

const { kindOf } = __host;

export function formatFunction(inspector: Inspector, value: object, kind: string, indent: number): string {
  const text = inspector.style(describe(value, kind), "special");
  return inspector.withProperties(text, value, indent);
}

function describe(value: object, kind: string): string {
  const name = functionName(value);
  if (kind === "Function" && isClass(value)) {
    const parent = parentName(value);
    return `[class ${name === "" ? "(anonymous)" : name}${parent === "" ? "" : ` extends ${parent}`}]`;
  }
  return name === "" ? `[${kind} (anonymous)]` : `[${kind}: ${name}]`;
}

function isClass(value: object): boolean {
  return StringPrototypeStartsWith(FunctionPrototypeToString(value), "class");
}

/** The name of the class that a class extends, or "". */
function parentName(value: object): string {
  const parent = ReflectGetPrototypeOf(value);
  return parent !== null && kindOf(parent) === "Function" ? functionName(parent) : "";
}

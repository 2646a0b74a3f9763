// Putting the pieces of an object between brackets: on one line if that is short, in columns for long
// lists of short items, else one piece a line.

import {
  ArrayPrototypeJoin,
  ArrayPrototypePop,
  MathCeil,
  MathFloor,
  MathMax,
  MathMin,
  StringPrototypeIncludes,
  StringPrototypeRepeat,
} from "../core/primordials.ts";
import { visibleLength } from "./style.ts";

const lineLength = 76;

/**
 * The pieces between brackets, after a prefix. indent is how far the first line is indented;
 * the first items pieces are those of a list.
 */
export function enclose(prefix: string, open: string, close: string, pieces: string[], indent: number, items = 0): string {
  const head = prefix === "" ? open : `${prefix} ${open}`;
  if (pieces.length === 0) return `${head}${close}`;
  const line = oneLine(pieces, visibleLength(head) + indent);
  if (line !== undefined && !(items > 6 && pieces.length > 6)) return `${head} ${line} ${close}`;
  const lines = items > 6 ? columns(pieces, items, indent) : pieces;
  const separator = `\n${StringPrototypeRepeat(" ", indent + 2)}`;
  const end = `\n${StringPrototypeRepeat(" ", indent)}`;
  return `${head}${separator}${ArrayPrototypeJoin(lines, `,${separator}`)}${end}${close}`;
}

function oneLine(pieces: string[], start: number): string | undefined {
  let length = start + pieces.length;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!;
    if (StringPrototypeIncludes(piece, "\n")) return undefined;
    length += visibleLength(piece) + 1;
    if (length > lineLength) return undefined;
  }
  return ArrayPrototypeJoin(pieces, ", ");
}

/** Arranges the first items pieces in columns, if all of them are short. */
function columns(pieces: string[], items: number, indent: number): string[] {
  let widest = 0;
  for (let i = 0; i < items; i++) {
    if (StringPrototypeIncludes(pieces[i]!, "\n")) return pieces;
    widest = MathMax(widest, visibleLength(pieces[i]!));
  }
  if (widest > 24) return pieces;
  const perLine = MathMin(MathFloor((lineLength - indent) / (widest + 2)), 16);
  const count = MathCeil(items / MathCeil(items / perLine));
  const lines: string[] = [];
  for (let start = 0; start < items; start += count) {
    const row: string[] = [];
    for (let i = start; i < MathMin(start + count, items); i++) row[row.length] = pieces[i]!;
    lines[lines.length] = alignRow(row, widest);
  }
  for (let i = items; i < pieces.length; i++) lines[lines.length] = pieces[i]!;
  return lines;
}

function alignRow(row: string[], width: number): string {
  let line = "";
  const last = ArrayPrototypePop(row) as string;
  for (let i = 0; i < row.length; i++) {
    line += `${row[i]},${StringPrototypeRepeat(" ", width - visibleLength(row[i]!) + 1)}`;
  }
  return line + last;
}

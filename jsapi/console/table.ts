// console.table: rows and columns in a frame.

import {
  ArrayPrototypeJoin,
  ArrayPrototypeMap,
  MathMax,
  MathMin,
  SafeMap,
  StringPrototypeRepeat,
} from "../core/primordials.ts";
import { isObject } from "../core/webidl.ts";
import { clip, inspect, type InspectOptions, maxItems } from "./inspect.ts";
import { ownKeys, ownProperty, type Property } from "./reflect.ts";

const { kindOf, previewEntries } = __host;

/** A row: what it is called, and its cells by column. A value that is no object has a cell of its own. */
interface Row {
  index: string;
  cells: Map<string, string>;
}

const valueColumn = "Values";
const shallow = { __proto__: null, depth: 0 } as InspectOptions;
/** The most code units of a cell. */
const maxCell = 200;

/** A table of tabular data, or undefined when there is nothing tabular about it. columns, if given, are those to show. */
export function formatTable(data: unknown, columns?: readonly string[]): string | undefined {
  if (!isObject(data)) return undefined;
  const kind = kindOf(data);
  if (kind === "Proxy" || kind === "Function") return undefined;
  const isList = kind === "Map" || kind === "Set";
  const rows = isList ? entryRows(data, kind) : propertyRows(data);
  const indexName = isList ? "(iteration index)" : "(index)";
  return draw(indexName, columns ?? columnsOf(rows), rows, columns === undefined && hasValues(rows));
}

function propertyRows(data: object): Row[] {
  const properties = shownProperties(data);
  const rows: Row[] = [];
  for (let i = 0; i < properties.length; i++) {
    const property = properties[i]!;
    rows[i] = { index: property.key as string, cells: cellsOf(property) };
  }
  return rows;
}

/** The rows of a Map or a Set, numbered. */
function entryRows(data: object, kind: string): Row[] {
  const entries = previewEntries(data);
  const step = kind === "Map" ? 2 : 1;
  const count = MathMin(entries.length / step, maxItems);
  const rows: Row[] = [];
  for (let i = 0; i < count; i++) {
    const cells = new SafeMap<string, string>();
    if (step === 2) cells.set("Key", cell(entries[i * 2]));
    cells.set(valueColumn, cell(entries[i * step + step - 1]));
    rows[i] = { index: `${i}`, cells };
  }
  return rows;
}

function cellsOf(row: Property): Map<string, string> {
  const cells = new SafeMap<string, string>();
  if (row.isAccessor || !isObject(row.value) || kindOf(row.value) === "Proxy" || typeof row.value === "function") {
    cells.set(valueColumn, cellOf(row));
    return cells;
  }
  const properties = shownProperties(row.value);
  for (let i = 0; i < properties.length; i++) cells.set(properties[i]!.key as string, cellOf(properties[i]!));
  return cells;
}

/** The first enumerable properties that have strings as keys. */
function shownProperties(object: object): Property[] {
  const keys = ownKeys(object);
  const properties: Property[] = [];
  for (let i = 0; i < keys.length && properties.length < maxItems; i++) {
    const property = typeof keys[i] === "string" ? ownProperty(object, keys[i]!) : undefined;
    if (property?.enumerable) properties[properties.length] = property;
  }
  return properties;
}

function cellOf(property: Property): string {
  return property.isAccessor ? (property.value as string) : cell(property.value);
}

function cell(value: unknown): string {
  return clip(inspect(value, shallow), maxCell);
}

/** The columns in the order in which the rows have them, without that of values that are no objects. */
function columnsOf(rows: readonly Row[]): string[] {
  const columns: string[] = [];
  const seen = new SafeMap<string, boolean>();
  for (let i = 0; i < rows.length; i++) {
    rows[i]!.cells.forEach((_, column) => {
      if (column === valueColumn || seen.has(column)) return;
      seen.set(column, true);
      columns[columns.length] = column;
    });
  }
  return columns;
}

function hasValues(rows: readonly Row[]): boolean {
  for (let i = 0; i < rows.length; i++) {
    if (rows[i]!.cells.has(valueColumn)) return true;
  }
  return false;
}

function draw(indexName: string, columns: readonly string[], rows: readonly Row[], withValues: boolean): string {
  const head = [indexName];
  for (let i = 0; i < columns.length; i++) head[head.length] = columns[i]!;
  if (withValues) head[head.length] = valueColumn;
  const lines = ArrayPrototypeMap(rows, (row) => {
    const line = [row.index];
    for (let i = 1; i < head.length; i++) line[i] = row.cells.get(head[i]!) ?? "";
    return line;
  });
  const widths = ArrayPrototypeMap(head, (name, column) => {
    let width = name.length;
    for (let i = 0; i < lines.length; i++) width = MathMax(width, lines[i]![column]!.length);
    return width;
  });
  const output = [ruler(widths, "┌", "┬", "┐"), rowLine(head, widths), ruler(widths, "├", "┼", "┤")];
  for (let i = 0; i < lines.length; i++) output[output.length] = rowLine(lines[i]!, widths);
  output[output.length] = ruler(widths, "└", "┴", "┘");
  return ArrayPrototypeJoin(output, "\n");
}

function ruler(widths: readonly number[], left: string, middle: string, right: string): string {
  const parts = ArrayPrototypeMap(widths, (width) => StringPrototypeRepeat("─", width + 2));
  return left + ArrayPrototypeJoin(parts, middle) + right;
}

function rowLine(cells: readonly string[], widths: readonly number[]): string {
  const parts = ArrayPrototypeMap(cells, (text, column) => {
    return ` ${text}${StringPrototypeRepeat(" ", widths[column]! - text.length)} `;
  });
  return `│${ArrayPrototypeJoin(parts, "│")}│`;
}

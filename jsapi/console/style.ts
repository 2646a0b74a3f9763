// The colours of inspected values, as ANSI escape sequences.

/** What a piece of text is. */
export type Style =
  | "number"
  | "string"
  | "symbol"
  | "constant"
  | "undefined"
  | "null"
  | "date"
  | "regexp"
  | "special"
  | "dim";

const codes: Readonly<Record<Style, string>> = {
  number: "\x1b[33m",
  string: "\x1b[32m",
  symbol: "\x1b[32m",
  constant: "\x1b[33m",
  undefined: "\x1b[90m",
  null: "\x1b[1m",
  date: "\x1b[35m",
  regexp: "\x1b[31m",
  special: "\x1b[36m",
  dim: "\x1b[90m",
};

export function paint(text: string, style: Style): string {
  return `${codes[style]}${text}\x1b[0m`;
}

/** The columns that a text takes: its code units without escape sequences. */
export function visibleLength(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== "\x1b") length++;
    else while (i < text.length && text[i] !== "m") i++;
  }
  return length;
}

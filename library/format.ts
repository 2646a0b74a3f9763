// util.format of Node: a text with specifiers, and the values to fill in.

type Inspect = (value: unknown, options: object) => string;

/** The values as one text, with a space in between; a text in front has specifiers if anything is behind it. */
export function format(inspect: Inspect, options: object, values: unknown[]): string {
  const first = values[0];
  const filled = typeof first === "string" && values.length > 1 ? fillIn(first, values, (value, more) => inspect(value, { ...options, ...more })) : { text: "", used: 0 };
  const rest = values.slice(filled.used).map((value) => (typeof value === "string" ? value : inspect(value, options)));
  return (filled.used > 0 ? [filled.text, ...rest] : rest).join(" ");
}

/** Replaces specifiers as long as there are values. used counts the text itself, too; it is 0 if nothing was replaced. */
function fillIn(first: string, values: unknown[], inspect: Inspect): { text: string; used: number } {
  let used = 1;
  let found = false;
  const text = first.replace(/%([sdifjoOc%])/g, (specifier, kind: string) => {
    if (kind !== "%" && used === values.length) return specifier;
    found = true;
    return kind === "%" ? "%" : convert(kind, values[used++], inspect);
  });
  return { text, used: found ? used : 0 };
}

/** A value in the form that a specifier asks for. */
function convert(kind: string, value: unknown, inspect: Inspect): string {
  switch (kind) {
    case "s":
      if (typeof value === "number" || typeof value === "bigint") return numeral(value);
      return typeof value === "object" && value !== null && !hasOwnText(value) ? inspect(value, { depth: 0, colors: false }) : String(value);
    case "d":
      return numeral(typeof value === "bigint" ? value : typeof value === "symbol" ? NaN : Number(value));
    case "i":
      return numeral(typeof value === "bigint" ? value : typeof value === "symbol" ? NaN : parseInt(value as string));
    case "f":
      return numeral(typeof value === "symbol" ? NaN : parseFloat(value as string));
    case "j":
      return json(value);
    case "o":
      return inspect(value, { showHidden: true, depth: 4 });
    case "O":
      return inspect(value, {});
    default:
      return ""; // %c: styles for a browser's page
  }
}

const numeral = (value: number | bigint): string => (typeof value === "bigint" ? `${value}n` : Object.is(value, -0) ? "-0" : `${value}`);

/** Whether an object, or a class of the app's that it is of, says how it is written. */
function hasOwnText(value: object): boolean {
  if (typeof value.toString !== "function") return false;
  let holder = value;
  while (!Object.hasOwn(holder, "toString")) holder = Object.getPrototypeOf(holder);
  if (holder === value) return true;
  const constructor = Object.getOwnPropertyDescriptor(holder, "constructor")?.value;
  return typeof constructor !== "function" || !/^[A-Z]/.test(constructor.name) || !Object.hasOwn(globalThis, constructor.name);
}

function json(value: unknown): string {
  try {
    return String(JSON.stringify(value));
  } catch (error) {
    if (error instanceof TypeError && /circular/.test(error.message)) return "[Circular]";
    throw error;
  }
}

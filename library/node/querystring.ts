// node:querystring: queries as Node read and wrote them before URLSearchParams.

type Query = Record<string, string | string[]>;
interface ParseOptions {
  maxKeys?: number;
  decodeURIComponent?: (text: string) => string;
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => new TextDecoder().decode(Uint8Array.from(bytes.slice(1).split("%"), (hex) => parseInt(hex, 16))));
  }
}

function escape(text: unknown): string {
  return encodeURIComponent(String(text).toWellFormed());
}

/** Decodes with a function of the caller's, as long as that does not fail. */
function decoded(text: string, decode: (text: string) => string): string {
  try {
    return decode(text);
  } catch {
    return unescape(text);
  }
}

function parse(text: unknown, separator = "&", equals = "=", options: ParseOptions = {}): Query {
  const query: Query = Object.create(null);
  if (typeof text !== "string" || text === "") return query;
  const decode = options.decodeURIComponent ?? querystring.unescape;
  const most = options.maxKeys ?? 1000;
  const pairs = text.split(separator || "&");
  if (most > 0) pairs.length = Math.min(pairs.length, most);
  for (const pair of pairs) {
    if (pair === "") continue;
    const at = pair.indexOf(equals || "=");
    const name = decoded((at < 0 ? pair : pair.slice(0, at)).replaceAll("+", " "), decode);
    const value = decoded((at < 0 ? "" : pair.slice(at + (equals || "=").length)).replaceAll("+", " "), decode);
    const before = query[name];
    if (before === undefined) query[name] = value;
    else if (typeof before === "string") query[name] = [before, value];
    else before.push(value);
  }
  return query;
}

const given = (text: unknown, usual: string): string => (typeof text === "string" && text !== "" ? text : usual);

function primitive(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" && isFinite(value)) return `${value}`;
  return typeof value === "bigint" || typeof value === "boolean" ? `${value}` : "";
}

/** Without a separator, or with what the package url gives for the options of another one, it is the usual one. */
function stringify(query: unknown, separator?: unknown, equals?: unknown, options: { encodeURIComponent?: (text: string) => string } = {}): string {
  if (typeof query !== "object" || query === null) return "";
  const encode = options.encodeURIComponent ?? querystring.escape;
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) pairs.push(encode(name) + given(equals, "=") + encode(primitive(one)));
  }
  return pairs.join(given(separator, "&"));
}

const querystring = { escape, unescape, parse, stringify, encode: stringify, decode: parse };
export default querystring;

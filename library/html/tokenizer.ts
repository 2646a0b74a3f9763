// The tokenization of HTML (https://html.spec.whatwg.org/#tokenization), without
// character references: a token is a piece of the document, and what stands in it.

export interface Attribute {
  /** In lower case. */
  name: string;
  /** As it is written, without quotes. */
  value: string;
}

export type Token =
  | { kind: "text"; raw: string }
  | { kind: "comment"; raw: string; text: string }
  | { kind: "doctype"; raw: string }
  | { kind: "start"; raw: string; name: string; attributes: Attribute[]; selfClosing: boolean }
  | { kind: "end"; raw: string; name: string };

/** The longest tag, comment or doctype. */
const longest = 1 << 20;

const rawText = new Set(["style", "xmp", "iframe", "noembed", "noframes", "script", "textarea", "title", "plaintext"]);

const isSpace = (unit: number): boolean => unit === 0x20 || unit === 0x0a || unit === 0x09 || unit === 0x0d || unit === 0x0c;
const isLetter = (unit: number): boolean => (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a;

/** Only ASCII letters: other bytes may be parts of characters. */
function lower(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
}

export class Tokenizer {
  #text = "";
  #at = 0;
  /** The element whose content is text up to its end tag, or "". */
  #raw = "";
  /** In a script: 1 within <!--, 2 within a script element in there. */
  #escaped = 0;
  /** Within SVG or MathML, where there are CDATA sections and no raw text. */
  foreign = false;

  push(text: string): void {
    this.#text = this.#at < this.#text.length ? this.#text.slice(this.#at) + text : text;
    this.#at = 0;
  }

  /** The next token; undefined when more has to come first. last: nothing more comes. */
  next(last: boolean): Token | undefined {
    const left = this.#text.length - this.#at;
    if (left === 0) return undefined;
    const token = this.#raw !== "" ? this.#rawToken(last) : this.#dataToken(last);
    if (token === undefined && last) return this.#take(this.#text.length);
    if (token === undefined && left > longest) throw new RangeError(`HTMLRewriter: a tag or comment is longer than ${longest} bytes`);
    return token;
  }

  /** The start tag just returned has content that is text. */
  enterRaw(name: string): void {
    if (this.foreign || !rawText.has(name)) return;
    this.#raw = name;
    this.#escaped = 0;
  }

  #take(end: number): Token {
    const raw = this.#text.slice(this.#at, end);
    this.#at = end;
    return { kind: "text", raw };
  }

  #dataToken(last: boolean): Token | undefined {
    const text = this.#text;
    const open = text.indexOf("<", this.#at);
    if (open !== this.#at) return this.#take(open < 0 ? text.length : open);
    const next = text.charCodeAt(open + 1);
    if (isLetter(next)) return this.#tag(open + 1, false);
    if (next === 0x2f) {
      const after = text.charCodeAt(open + 2);
      if (isLetter(after)) return this.#tag(open + 2, true);
      if (after === 0x3e) return this.#take(open + 3); // "</>" means nothing
      return after !== after ? undefined : this.#bogus(open + 2, last);
    }
    if (next === 0x21) return this.#declaration(open, last);
    if (next === 0x3f) return this.#bogus(open + 1, last);
    return next !== next && !last ? undefined : this.#take(open + 1);
  }

  #declaration(open: number, last: boolean): Token | undefined {
    const text = this.#text;
    const head = text.slice(open + 2, open + 9);
    if (!last && head.length < 7 && ("--".startsWith(head.slice(0, 2)) || "doctype".startsWith(head.toLowerCase()) || "[CDATA[".startsWith(head)) && text.indexOf(">", open) < 0) return undefined;
    if (head.startsWith("--")) return this.#comment(open + 4);
    if (head.toLowerCase() === "doctype") {
      const end = text.indexOf(">", open);
      if (end < 0) return undefined;
      const raw = text.slice(open, end + 1);
      this.#at = end + 1;
      return { kind: "doctype", raw };
    }
    if (this.foreign && head === "[CDATA[") {
      const end = text.indexOf("]]>", open + 9);
      return end < 0 ? undefined : this.#take(end + 3);
    }
    return this.#bogus(open + 2, last);
  }

  #comment(from: number): Token | undefined {
    const start = this.#at;
    const text = this.#text;
    const short = /^-?>/.exec(text.slice(from, from + 2));
    if (short !== null) return this.#commentToken(start, from, from, from + short[0].length);
    const pattern = /--!?>/g;
    pattern.lastIndex = from;
    const end = pattern.exec(text);
    return end === null ? undefined : this.#commentToken(start, from, end.index, pattern.lastIndex);
  }

  #commentToken(start: number, from: number, to: number, end: number): Token {
    this.#at = end;
    return { kind: "comment", raw: this.#text.slice(start, end), text: this.#text.slice(from, to) };
  }

  #bogus(from: number, last: boolean): Token | undefined {
    const end = this.#text.indexOf(">", from);
    if (end < 0) return last ? this.#commentToken(this.#at, from, this.#text.length, this.#text.length) : undefined;
    return this.#commentToken(this.#at, from, end, end + 1);
  }

  #tag(from: number, isEnd: boolean): Token | undefined {
    const text = this.#text;
    let i = from;
    for (let unit = text.charCodeAt(i); !isSpace(unit) && unit !== 0x2f && unit !== 0x3e; unit = text.charCodeAt(++i)) {
      if (i >= text.length) return undefined;
    }
    const name = lower(text.slice(from, i));
    const attributes: Attribute[] = [];
    const end = this.#attributes(i, attributes);
    if (end < 0) return undefined;
    const raw = text.slice(this.#at, end);
    this.#at = end;
    if (isEnd) return { kind: "end", raw, name };
    return { kind: "start", raw, name, attributes, selfClosing: raw.endsWith("/>") && !endsInValue(raw, attributes) };
  }

  /** Reads attributes from i on; returns where the tag ends, or -1. */
  #attributes(i: number, into: Attribute[]): number {
    const text = this.#text;
    const { length } = text;
    for (;;) {
      while (isSpace(text.charCodeAt(i)) || text.charCodeAt(i) === 0x2f) i++;
      if (i >= length) return -1;
      if (text.charCodeAt(i) === 0x3e) return i + 1;
      const from = i++; // even if it is "="
      for (let unit = text.charCodeAt(i); i < length && !isSpace(unit) && unit !== 0x2f && unit !== 0x3e && unit !== 0x3d; ) unit = text.charCodeAt(++i);
      const name = lower(text.slice(from, i));
      while (isSpace(text.charCodeAt(i))) i++;
      let value = "";
      if (text.charCodeAt(i) === 0x3d) {
        i++;
        while (isSpace(text.charCodeAt(i))) i++;
        const quote = text[i];
        if (quote === '"' || quote === "'") {
          const close = text.indexOf(quote, i + 1);
          if (close < 0) return -1;
          value = text.slice(i + 1, close);
          i = close + 1;
        } else {
          const start = i;
          for (let unit = text.charCodeAt(i); i < length && !isSpace(unit) && unit !== 0x3e; ) unit = text.charCodeAt(++i);
          value = text.slice(start, i);
        }
      }
      if (i >= length) return -1;
      if (!into.some((attribute) => attribute.name === name)) into.push({ name, value });
    }
  }

  /** Text up to the end tag of the element; what might be the beginning of one is kept back. */
  #rawToken(last: boolean): Token | undefined {
    const text = this.#text;
    const name = this.#raw;
    if (name === "plaintext") return this.#take(text.length);
    const pattern = name === "script" ? /<!--|-->|<\/?script(?=[\t\n\f\r />])/gi : new RegExp(`</${name}(?=[\\t\\n\\f\\r />])`, "gi");
    pattern.lastIndex = this.#at;
    for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
      const what = found[0].toLowerCase();
      if (what === "<!--") {
        if (this.#escaped === 0) this.#escaped = 1;
        pattern.lastIndex -= 2; // its dashes may belong to "-->"
      } else if (what === "-->") {
        this.#escaped = 0;
      } else if (what === "<script") {
        if (this.#escaped === 1) this.#escaped = 2;
      } else if (this.#escaped === 2) {
        this.#escaped = 1;
      } else if (found.index > this.#at) {
        return this.#take(found.index);
      } else {
        const token = this.#tag(found.index + 2, true);
        if (token !== undefined) this.#raw = "";
        return token;
      }
    }
    const end = last ? text.length : text.length - this.#begun(name);
    return end > this.#at ? this.#take(end) : undefined;
  }

  /** How many characters at the end may go on as what the text of an element looks for: found once more, that changes nothing. */
  #begun(name: string): number {
    const text = this.#text;
    const open = text.lastIndexOf("<");
    if (open >= this.#at && text.length - open <= name.length + 2) return text.length - open;
    return name !== "script" ? 0 : text.endsWith("--") ? 2 : text.endsWith("-") ? 1 : 0;
  }
}

/** Whether the slash in front of ">" belongs to an unquoted value. */
function endsInValue(raw: string, attributes: Attribute[]): boolean {
  const last = attributes.at(-1);
  return last !== undefined && last.value.endsWith("/") && raw.endsWith(`${last.value}>`);
}

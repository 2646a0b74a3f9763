// Selectors (https://www.w3.org/TR/selectors-4/), as far as they can be decided when a
// start tag has been read: without what comes behind it.

/** An element, as a selector looks at it. */
export interface Subject {
  readonly name: string;
  /** The uppermost, which has none, is the document. */
  readonly parent: Subject | undefined;
  /** Its place among its parent's children, and among those of its name; the first is 1. */
  readonly index: number;
  readonly typeIndex: number;
  attribute(name: string): string | undefined;
}

type Test = (element: Subject) => boolean;

/** A compound selector, and what has to be above it. */
interface Step {
  tests: Test[];
  /** " " or ">": where the next step to the left has to match. */
  combinator: string;
}

const name = /(?:[-\w]|[^\x00-\x7f]|\\[^\n])+/y;

function unescape(text: string): string {
  return text.replace(/\\([0-9a-f]{1,6})\s?|\\(.)/gi, (_, hex: string | undefined, character: string) =>
    hex === undefined ? character : String.fromCodePoint(parseInt(hex, 16)),
  );
}

class Parser {
  readonly #text: string;
  #at = 0;
  countsTypes = false;

  constructor(text: string) {
    this.#text = text;
  }

  list(end: string): Test {
    const alternatives: Test[] = [];
    do {
      this.#space();
      alternatives.push(this.#complex());
      this.#space();
    } while (this.#accept(","));
    if (end === "" ? this.#at < this.#text.length : !this.#accept(end)) this.#fail("something that is not understood here");
    return (element) => alternatives.some((test) => test(element));
  }

  #complex(): Test {
    const steps: Step[] = [];
    let combinator = "";
    for (;;) {
      steps.unshift({ tests: this.#compound(), combinator });
      const space = this.#space();
      if (this.#accept(">")) combinator = ">";
      else if (space && this.#at < this.#text.length && !",)".includes(this.#text[this.#at]!)) combinator = " ";
      else break;
      this.#space();
    }
    return (element) => match(steps, 0, element) === Match.Yes;
  }

  #compound(): Test[] {
    const tests: Test[] = [];
    const type = this.#accept("*") ? "*" : this.#name(false);
    if (type !== "" && type !== "*") {
      const wanted = type.toLowerCase();
      tests.push((element) => element.name === wanted);
    }
    for (;;) {
      if (this.#accept("#")) tests.push(equals("id", this.#name(true)));
      else if (this.#accept(".")) tests.push(hasWord("class", this.#name(true), false));
      else if (this.#accept("[")) tests.push(this.#attribute());
      else if (this.#accept(":")) tests.push(this.#pseudo());
      else break;
    }
    if (type === "" && tests.length === 0) this.#fail("no selector");
    return tests;
  }

  #attribute(): Test {
    this.#space();
    const attribute = this.#name(true).toLowerCase();
    this.#space();
    if (this.#accept("]")) return (element) => element.attribute(attribute) !== undefined;
    const operator = /[~|^$*]?=/y;
    operator.lastIndex = this.#at;
    const found = operator.exec(this.#text)?.[0];
    if (found === undefined) this.#fail("no operator");
    this.#at += found.length;
    this.#space();
    const value = this.#value();
    this.#space();
    const flag = this.#name(false).toLowerCase();
    if (flag !== "" && flag !== "i" && flag !== "s") this.#fail(`the flag ${flag}`);
    this.#space();
    if (!this.#accept("]")) this.#fail("an attribute without its ]");
    return compare(attribute, found, value, flag === "i");
  }

  #value(): string {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") return this.#name(true);
    const end = this.#text.indexOf(quote, this.#at + 1);
    if (end < 0) this.#fail("a string that does not end");
    const value = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return unescape(value);
  }

  #pseudo(): Test {
    const pseudo = this.#name(true).toLowerCase();
    if (pseudo === "first-child") return (element) => element.index === 1;
    this.countsTypes ||= pseudo.endsWith("of-type");
    if (pseudo === "first-of-type") return (element) => element.typeIndex === 1;
    if (!this.#accept("(")) this.#fail(`:${pseudo}, which cannot be decided at a start tag`);
    if (pseudo === "not") {
      const test = this.list(")");
      return (element) => !test(element);
    }
    if (pseudo === "is" || pseudo === "where") return this.list(")");
    if (pseudo !== "nth-child" && pseudo !== "nth-of-type") this.#fail(`:${pseudo}(), which cannot be decided at a start tag`);
    const inPlace = this.#nth();
    return pseudo === "nth-child" ? (element) => inPlace(element.index) : (element) => inPlace(element.typeIndex);
  }

  #nth(): (index: number) => boolean {
    const end = this.#text.indexOf(")", this.#at);
    const text = this.#text.slice(this.#at, end).replace(/\s+/g, "").toLowerCase();
    const parts = /^(?:(even)|(odd)|([+-]?\d*)n([+-]\d+)?|([+-]?\d+))$/.exec(text);
    if (end < 0 || parts === null) this.#fail("a place that is not An+B");
    this.#at = end + 1;
    const [, even, odd, a, b, only] = parts;
    const step = even || odd ? 2 : a === undefined ? 0 : a === "" || a === "+" ? 1 : a === "-" ? -1 : Number(a);
    const first = even ? 0 : odd ? 1 : Number(only ?? b ?? 0);
    return (index) => (step === 0 ? index === first : (index - first) % step === 0 && (index - first) / step >= 0);
  }

  #name(required: boolean): string {
    name.lastIndex = this.#at;
    const found = name.exec(this.#text)?.[0] ?? "";
    if (required && found === "") this.#fail("no name");
    this.#at += found.length;
    return unescape(found);
  }

  #space(): boolean {
    const before = this.#at;
    while (" \t\n\r\f".includes(this.#text[this.#at] ?? "x")) this.#at++;
    return this.#at > before;
  }

  #accept(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #fail(what: string): never {
    throw new TypeError(`HTMLRewriter.on: the selector ${JSON.stringify(this.#text)} has ${what}, at ${this.#at + 1}`);
  }
}

const enum Match {
  Yes,
  /** Another element further up may do. */
  NotHere,
  /** Nothing further up does: what has to be above is above none. So it takes no longer for many ways to match a part. */
  Nowhere,
}

function match(steps: Step[], from: number, element: Subject): Match {
  const { tests, combinator } = steps[from]!;
  if (!tests.every((test) => test(element))) return Match.NotHere;
  if (from + 1 === steps.length) return Match.Yes;
  // The uppermost is the document, which is no element.
  for (let above = element.parent; above?.parent !== undefined; above = above.parent) {
    const found = match(steps, from + 1, above);
    if (found !== Match.NotHere || combinator === ">") return found;
  }
  return Match.Nowhere;
}

function equals(attribute: string, value: string): Test {
  return (element) => element.attribute(attribute) === value;
}

function hasWord(attribute: string, word: string, fold: boolean): Test {
  return (element) => {
    const value = element.attribute(attribute);
    return value !== undefined && (fold ? value.toLowerCase() : value).split(/[ \t\n\r\f]+/).includes(word);
  };
}

function compare(attribute: string, operator: string, given: string, fold: boolean): Test {
  const value = fold ? given.toLowerCase() : given;
  if (operator === "~=") return hasWord(attribute, value, fold);
  return (element) => {
    const own = element.attribute(attribute);
    if (own === undefined) return false;
    const have = fold ? own.toLowerCase() : own;
    switch (operator) {
      case "=":
        return have === value;
      case "|=":
        return have === value || have.startsWith(`${value}-`);
      case "^=":
        return value !== "" && have.startsWith(value);
      case "$=":
        return value !== "" && have.endsWith(value);
      default:
        return value !== "" && have.includes(value);
    }
  };
}

export interface Selector {
  selects: (element: Subject) => boolean;
  /** It asks for typeIndex. */
  countsTypes: boolean;
}

/** Throws a TypeError for what cannot be decided at a start tag. */
export function parseSelector(text: string): Selector {
  const parser = new Parser(text);
  return { selects: parser.list(""), countsTypes: parser.countsTypes };
}

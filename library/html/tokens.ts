// What handlers get: the parts of a document, with what they may do to them.
import type { Attribute } from "./tokenizer.ts";
import type { Encoding } from "./text.ts";

export interface ContentOptions {
  html?: boolean;
}

/** Content as it stands in the document: HTML, or text that is made to be read as such. */
function content(encoding: Encoding, given: unknown, options: ContentOptions | undefined): string {
  if (given instanceof Response || given instanceof ReadableStream) {
    throw new TypeError("HTMLRewriter: content is given as a string, and not as a response or a stream: make the handler async, and await its text");
  }
  const text = String(given);
  return encoding.encode(options?.html ? text : text.replace(/[&<>]/g, (c) => (c === "&" ? "&amp;" : c === "<" ? "&lt;" : "&gt;")));
}

/** What has been done to a token. It cannot be changed once its handlers are done. */
export class Change {
  before = "";
  after = "";
  replaced: string | undefined;
  /** The token in other words; undefined where it is as it was. */
  altered: string | undefined;
  over = false;
  readonly encoding: Encoding;

  constructor(encoding: Encoding) {
    this.encoding = encoding;
  }

  check(): void {
    if (this.over) throw new TypeError("HTMLRewriter: this part of the document has been passed on; it can be used in its handler only");
  }

  content(given: unknown, options: ContentOptions | undefined): string {
    this.check();
    return content(this.encoding, given, options);
  }

  /** The token as it is now; raw is what it was. */
  output(raw: string): string {
    return this.before + (this.replaced ?? this.altered ?? raw) + this.after;
  }
}

class Part {
  protected readonly change: Change;

  constructor(change: Change) {
    this.change = change;
  }

  get removed(): boolean {
    return this.change.replaced !== undefined;
  }

  before(given: unknown, options?: ContentOptions): this {
    this.change.before += this.change.content(given, options);
    return this;
  }

  after(given: unknown, options?: ContentOptions): this {
    this.change.after = this.change.content(given, options) + this.change.after;
    return this;
  }

  replace(given: unknown, options?: ContentOptions): this {
    this.change.replaced = this.change.content(given, options);
    return this;
  }

  remove(): this {
    this.change.check();
    this.change.replaced ??= "";
    return this;
  }
}

export class Text extends Part {
  readonly text: string;
  readonly lastInTextNode: boolean;

  constructor(change: Change, text: string, last: boolean) {
    super(change);
    this.text = text;
    this.lastInTextNode = last;
  }
}

export class Comment extends Part {
  #text: string;

  constructor(change: Change, text: string) {
    super(change);
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }

  set text(value: unknown) {
    const text = String(value);
    if (/--!?>|^-?>/.test(text)) throw new TypeError("Comment.text: the text would end the comment");
    this.change.check();
    this.#text = text;
    this.change.altered = `<!--${this.change.encoding.encode(text)}-->`;
  }
}

export class Doctype {
  readonly name: string | null;
  readonly publicId: string | null;
  readonly systemId: string | null;

  constructor(raw: string) {
    const parts = /^<!doctype\s*([^\s>]*)\s*(?:public\s*(?:"([^"]*)"|'([^']*)')|system)?\s*(?:"([^"]*)"|'([^']*)')?/i.exec(raw);
    this.name = parts?.[1] ? parts[1].toLowerCase() : null;
    this.publicId = parts?.[2] ?? parts?.[3] ?? null;
    this.systemId = parts?.[4] ?? parts?.[5] ?? null;
  }
}

export class DocumentEnd {
  readonly #change: Change;

  constructor(change: Change) {
    this.#change = change;
  }

  append(given: unknown, options?: ContentOptions): this {
    this.#change.before += this.#change.content(given, options);
    return this;
  }
}

export class EndTag extends Part {
  #name: string;

  constructor(change: Change, name: string) {
    super(change);
    this.#name = name;
  }

  get name(): string {
    return this.#name;
  }

  set name(value: unknown) {
    this.#name = tagName(value);
    this.change.check();
    this.change.altered = `</${this.#name}>`;
  }
}

export type EndTagHandler = (tag: EndTag) => unknown;

function tagName(value: unknown): string {
  const name = String(value);
  if (!/^[a-z][^\s/>\x00\x80-\uffff]*$/i.test(name)) throw new TypeError(`HTMLRewriter: ${JSON.stringify(name)} is no name of an element`);
  return name;
}

/** What is to be done with an element beyond its start tag. */
export class Fate {
  /** Content behind the start tag, and in front of the end tag. */
  prepended = "";
  appended = "";
  /** The element's content is dropped. */
  emptied = false;
  /** The element's tags are dropped. */
  unwrapped = false;
  renamed: string | undefined;
  attributesChanged = false;
  readonly endTagHandlers: EndTagHandler[] = [];
}

export class Element extends Part {
  #name: string;
  readonly #attributes: Attribute[];
  readonly #fate: Fate;
  readonly #canHaveContent: boolean;
  readonly namespaceURI: string;

  constructor(change: Change, name: string, attributes: Attribute[], fate: Fate, canHaveContent: boolean, namespaceURI: string) {
    super(change);
    this.#name = name;
    this.#attributes = attributes;
    this.#fate = fate;
    this.#canHaveContent = canHaveContent;
    this.namespaceURI = namespaceURI;
  }

  get tagName(): string {
    return this.#name;
  }

  set tagName(value: unknown) {
    this.change.check();
    this.#name = tagName(value);
    this.#fate.renamed = this.#name;
  }

  /** Names and values, as they are in the document: character references are not decoded. */
  get attributes(): IterableIterator<[string, string]> {
    const { encoding } = this.change;
    return this.#attributes.map(({ name, value }): [string, string] => [encoding.decode(name), encoding.decode(value)])[Symbol.iterator]();
  }

  getAttribute(name: unknown): string | null {
    const found = this.#find(name);
    return found === undefined ? null : this.change.encoding.decode(found.value);
  }

  hasAttribute(name: unknown): boolean {
    return this.#find(name) !== undefined;
  }

  setAttribute(name: unknown, value: unknown): this {
    const text = String(name).toLowerCase();
    if (text === "" || /[\s"'>/=\x00]/.test(text)) throw new TypeError(`Element.setAttribute: ${JSON.stringify(text)} is no name of an attribute`);
    this.change.check();
    const written = this.change.encoding.encode(String(value).replace(/"/g, "&quot;"));
    const found = this.#find(text);
    if (found === undefined) this.#attributes.push({ name: this.change.encoding.encode(text), value: written });
    else found.value = written;
    this.#fate.attributesChanged = true;
    return this;
  }

  removeAttribute(name: unknown): this {
    this.change.check();
    const found = this.#find(name);
    if (found !== undefined) {
      this.#attributes.splice(this.#attributes.indexOf(found), 1);
      this.#fate.attributesChanged = true;
    }
    return this;
  }

  prepend(given: unknown, options?: ContentOptions): this {
    const text = this.change.content(given, options);
    if (this.#canHaveContent) this.#fate.prepended = text + this.#fate.prepended;
    return this;
  }

  append(given: unknown, options?: ContentOptions): this {
    const text = this.change.content(given, options);
    if (this.#canHaveContent) this.#fate.appended += text;
    return this;
  }

  setInnerContent(given: unknown, options?: ContentOptions): this {
    const text = this.change.content(given, options);
    if (!this.#canHaveContent) return this;
    this.#fate.prepended = text;
    this.#fate.appended = "";
    this.#fate.emptied = true;
    return this;
  }

  override replace(given: unknown, options?: ContentOptions): this {
    this.#fate.emptied = true;
    return super.replace(given, options);
  }

  override remove(): this {
    this.#fate.emptied = true;
    return super.remove();
  }

  removeAndKeepContent(): this {
    this.change.check();
    this.#fate.unwrapped = true;
    return this;
  }

  override get removed(): boolean {
    return this.#fate.unwrapped || super.removed;
  }

  /** Calls handler when the element's end tag comes; an element without one throws. */
  onEndTag(handler: EndTagHandler): void {
    this.change.check();
    if (!this.#canHaveContent) throw new TypeError(`Element.onEndTag: <${this.#name}> has no end tag`);
    this.#fate.endTagHandlers.push(handler);
  }

  #find(name: unknown): Attribute | undefined {
    const wanted = this.change.encoding.encode(String(name).toLowerCase());
    return this.#attributes.find((attribute) => attribute.name === wanted);
  }
}

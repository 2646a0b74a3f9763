// One document on its way through: tokens in, handlers called, changed text out.
import type { Selector, Subject } from "./selector.ts";
import { Encoding, fromBytes, toBytes } from "./text.ts";
import { type Attribute, type Token, Tokenizer } from "./tokenizer.ts";
import { Change, Comment, Doctype, DocumentEnd, Element, EndTag, Fate, Text } from "./tokens.ts";

type Handler<T> = ((this: unknown, part: T) => unknown) | undefined;

export interface ElementHandlers {
  element?: Handler<Element>;
  comments?: Handler<Comment>;
  text?: Handler<Text>;
}

export interface DocumentHandlers {
  doctype?: Handler<Doctype>;
  comments?: Handler<Comment>;
  text?: Handler<Text>;
  end?: Handler<DocumentEnd>;
}

type StartTag = Token & { kind: "start" };
type EndTagToken = Token & { kind: "end" };

export interface Rule extends Selector {
  handlers: ElementHandlers;
}

const voidElements = new Set(
  "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr".split(" "),
);

const namespaces = new Map([
  ["svg", "http://www.w3.org/2000/svg"],
  ["math", "http://www.w3.org/1998/Math/MathML"],
]);
const html = "http://www.w3.org/1999/xhtml";
/** Elements of SVG and MathML whose content is HTML. */
const integrationPoints = new Set(["foreignobject", "desc", "title", "mi", "mo", "mn", "ms", "mtext", "annotation-xml"]);

/** The most elements that are open at once. */
const deepest = 4096;

/** An element that is open, and the children that it has had. */
class Open implements Subject {
  readonly name: string;
  readonly parent: Open | undefined;
  index = 1;
  typeIndex = 1;
  /** What is to be called for the element and in it; undefined where nothing is. */
  rules: ElementHandlers[] | undefined;
  /** What its handlers have said; undefined where there were none. */
  fate: Fate | undefined;
  after = "";
  /** Nothing of the content is passed on. */
  hidden: boolean;
  /** The end tag is not passed on. */
  endHidden = false;
  readonly namespace: string;
  readonly #attributes: Attribute[];
  readonly #encoding: Encoding;
  #children = 0;
  #types: Map<string, number> | undefined;

  constructor(name: string, parent: Open | undefined, attributes: Attribute[], encoding: Encoding, countsTypes: boolean) {
    this.name = name;
    this.parent = parent;
    this.#attributes = attributes;
    this.#encoding = encoding;
    this.namespace = namespaces.get(name) ?? (parent === undefined || !parent.contentIsForeign ? html : parent.namespace);
    this.hidden = parent !== undefined && parent.hidden;
    if (parent === undefined) return;
    this.index = ++parent.#children;
    if (!countsTypes) return;
    parent.#types ??= new Map();
    this.typeIndex = (parent.#types.get(name) ?? 0) + 1;
    parent.#types.set(name, this.typeIndex);
  }

  attribute(name: string): string | undefined {
    const found = this.#attributes.find((attribute) => attribute.name === name);
    return found === undefined ? undefined : this.#encoding.decode(found.value);
  }

  get contentIsForeign(): boolean {
    return this.namespace !== html && !integrationPoints.has(this.name);
  }
}

export class Document {
  readonly #rules: Rule[];
  readonly #documentHandlers: DocumentHandlers[];
  readonly #encoding: Encoding;
  readonly #tokenizer = new Tokenizer();
  /** Whether anybody looks at text. */
  readonly #readsText: boolean;
  readonly #countsTypes: boolean;
  #top: Open;
  #depth = 0;
  #output = "";
  /** Bytes of a character of which more has to come, and whether a text is under way. */
  #part = "";
  #inText = false;

  constructor(rules: Rule[], documentHandlers: DocumentHandlers[], encoding: string) {
    this.#rules = rules;
    this.#documentHandlers = documentHandlers;
    this.#encoding = new Encoding(encoding);
    this.#readsText = documentHandlers.some(({ text }) => text !== undefined) || rules.some(({ handlers }) => handlers.text !== undefined);
    this.#countsTypes = rules.some(({ countsTypes }) => countsTypes);
    this.#top = new Open("", undefined, [], this.#encoding, false);
  }

  /** Takes the next bytes; returns what can be passed on. */
  async write(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    this.#tokenizer.push(fromBytes(bytes));
    await this.#run(false);
    return this.#flush();
  }

  async end(): Promise<Uint8Array<ArrayBuffer>> {
    await this.#run(true);
    await this.#endText();
    while (this.#top.parent !== undefined) this.#close();
    const change = new Change(this.#encoding);
    for (const handlers of this.#documentHandlers) await handlers.end?.call(handlers, new DocumentEnd(change));
    this.#output += change.before;
    return this.#flush();
  }

  #flush(): Uint8Array<ArrayBuffer> {
    const bytes = toBytes(this.#output);
    this.#output = "";
    return bytes;
  }

  #emit(text: string): void {
    if (!this.#top.hidden) this.#output += text;
  }

  async #run(last: boolean): Promise<void> {
    for (let token = this.#tokenizer.next(last); token !== undefined; token = this.#tokenizer.next(last)) {
      if (token.kind === "text") {
        if (this.#wantsText()) await this.#text(token.raw);
        else this.#emit(token.raw);
        continue;
      }
      if (this.#inText) await this.#endText();
      const done = this.#take(token);
      if (done !== undefined) await done;
    }
  }

  /** Returns a promise where handlers are called. */
  #take(token: Token): Promise<void> | undefined {
    switch (token.kind) {
      case "start":
        return this.#start(token);
      case "end":
        return this.#end(token);
      case "comment":
        return this.#comment(token.raw, token.text);
      default:
        return this.#doctype(token.raw);
    }
  }

  /** The handlers of a kind for what is here: those of the document, and of the elements that are open. */
  *#handlers<K extends "text" | "comments">(kind: K): Generator<ElementHandlers | DocumentHandlers> {
    for (const handlers of this.#documentHandlers) if (handlers[kind] !== undefined) yield handlers;
    const open: Open[] = [];
    for (let at: Open | undefined = this.#top; at !== undefined; at = at.parent) if (at.rules !== undefined) open.push(at);
    const seen = new Set<ElementHandlers>();
    for (const { rules } of open.reverse()) {
      for (const handlers of rules!) {
        if (handlers[kind] === undefined || seen.has(handlers)) continue;
        seen.add(handlers);
        yield handlers;
      }
    }
  }

  #wantsText(): boolean {
    return this.#readsText && this.#handlers("text").next().done !== true;
  }

  async #text(raw: string): Promise<void> {
    const all = this.#part + raw;
    const whole = this.#encoding.whole(all);
    this.#part = all.slice(whole);
    this.#inText = true;
    if (whole > 0) await this.#textPiece(all.slice(0, whole), false);
  }

  async #endText(): Promise<void> {
    if (!this.#inText) return;
    const rest = this.#part;
    this.#part = "";
    this.#inText = false;
    await this.#textPiece(rest, true);
  }

  async #textPiece(raw: string, last: boolean): Promise<void> {
    const change = new Change(this.#encoding);
    const text = new Text(change, this.#encoding.decode(raw), last);
    for (const handlers of this.#handlers("text")) {
      const result = handlers.text!.call(handlers, text);
      if (isPromise(result)) await result;
    }
    change.over = true;
    this.#emit(change.output(raw));
  }

  async #comment(raw: string, content: string): Promise<void> {
    const change = new Change(this.#encoding);
    const comment = new Comment(change, this.#encoding.decode(content));
    for (const handlers of this.#handlers("comments")) {
      const result = handlers.comments!.call(handlers, comment);
      if (isPromise(result)) await result;
    }
    change.over = true;
    this.#emit(change.output(raw));
  }

  async #doctype(raw: string): Promise<void> {
    for (const handlers of this.#documentHandlers) await handlers.doctype?.call(handlers, new Doctype(raw));
    this.#emit(raw);
  }

  #start(token: StartTag): Promise<void> | undefined {
    const element = new Open(token.name, this.#top, token.attributes, this.#encoding, this.#countsTypes);
    let isHandled = false;
    for (const { selects, handlers } of this.#rules) {
      if (!selects(element)) continue;
      element.rules ??= [];
      element.rules.push(handlers);
      isHandled ||= handlers.element !== undefined;
    }
    if (isHandled) return this.#callElement(token, element);
    this.#emit(token.raw);
    if (hasContent(token, element)) this.#enter(token, element);
    return undefined;
  }

  async #callElement(token: StartTag, element: Open): Promise<void> {
    const change = new Change(this.#encoding);
    const fate = new Fate();
    const isContainer = hasContent(token, element);
    const part = new Element(change, token.name, token.attributes, fate, isContainer, element.namespace);
    for (const handlers of element.rules!) {
      const result = handlers.element?.call(handlers, part);
      if (isPromise(result)) await result;
    }
    change.over = true;
    const isReplaced = change.replaced !== undefined;
    this.#emit(change.before + (change.replaced ?? (fate.unwrapped ? "" : startTag(token, fate)) + fate.prepended));
    if (!isContainer) return this.#emit(change.after);
    if (isReplaced) fate.appended = "";
    element.fate = fate;
    element.after = change.after;
    element.endHidden = isReplaced || fate.unwrapped;
    element.hidden ||= fate.emptied;
    this.#enter(token, element);
  }

  /** What comes next is in this element. */
  #enter(token: StartTag, element: Open): void {
    if (++this.#depth > deepest) throw new RangeError(`HTMLRewriter: more than ${deepest} elements are in each other`);
    this.#top = element;
    this.#tokenizer.foreign = element.contentIsForeign;
    if (element.namespace === html) this.#tokenizer.enterRaw(token.name);
  }

  #end(token: EndTagToken): Promise<void> | undefined {
    let found: Open | undefined = this.#top;
    while (found !== undefined && found.name !== token.name) found = found.parent;
    if (found === undefined) {
      this.#emit(token.raw); // it ends nothing
      return undefined;
    }
    while (this.#top !== found) this.#close(); // they have no end tags
    if (found.fate !== undefined) return this.#callEndTag(token, found, found.fate);
    this.#leave(found.parent!);
    this.#emit(token.raw);
    return undefined;
  }

  async #callEndTag(token: EndTagToken, { parent, after, endHidden }: Open, fate: Fate): Promise<void> {
    const change = new Change(this.#encoding);
    const tag = new EndTag(change, token.name);
    for (const handler of fate.endTagHandlers) {
      const result = handler(tag);
      if (isPromise(result)) await result;
    }
    change.over = true;
    this.#leave(parent!);
    if (endHidden) change.altered = "";
    else if (fate.renamed !== undefined) change.altered ??= `</${fate.renamed}>`;
    this.#emit(fate.appended + change.output(token.raw) + after);
  }

  /** Ends an element without an end tag. */
  #close(): void {
    const { fate, parent, after } = this.#top;
    this.#leave(parent!);
    if (fate !== undefined) this.#emit(fate.appended + after);
  }

  #leave(parent: Open): void {
    this.#top = parent;
    this.#depth--;
    this.#tokenizer.foreign = parent.contentIsForeign;
  }
}

function hasContent(token: StartTag, { namespace }: Open): boolean {
  return namespace === html ? !voidElements.has(token.name) : !token.selfClosing;
}

function startTag(token: StartTag, fate: Fate): string {
  if (!fate.attributesChanged && fate.renamed === undefined) return token.raw;
  let tag = `<${fate.renamed ?? token.name}`;
  // A value without quotes may have both kinds of them in it: "&quot;" is what a quotation mark is within quotes.
  for (const { name, value } of token.attributes) tag += ` ${name}="${value.replace(/"/g, "&quot;")}"`;
  return tag + (token.selfClosing ? " />" : ">");
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

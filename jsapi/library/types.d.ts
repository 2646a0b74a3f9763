// What apps see of library/. Node's modules have their types from @types/node.

interface HTMLRewriterContentOptions {
  /** The content is HTML; otherwise it is text, and what would be HTML in it is escaped. */
  html?: boolean;
}

/** Part of a document, while a handler has it. */
interface HTMLRewriterPart {
  readonly removed: boolean;
  before(content: string, options?: HTMLRewriterContentOptions): this;
  after(content: string, options?: HTMLRewriterContentOptions): this;
  replace(content: string, options?: HTMLRewriterContentOptions): this;
  remove(): this;
}

interface HTMLRewriterElement extends HTMLRewriterPart {
  tagName: string;
  readonly attributes: IterableIterator<[name: string, value: string]>;
  readonly namespaceURI: string;
  /** The value as it stands in the document: character references are not decoded. */
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  setAttribute(name: string, value: string): this;
  removeAttribute(name: string): this;
  prepend(content: string, options?: HTMLRewriterContentOptions): this;
  append(content: string, options?: HTMLRewriterContentOptions): this;
  setInnerContent(content: string, options?: HTMLRewriterContentOptions): this;
  removeAndKeepContent(): this;
  /** Calls handler when the element's end tag comes. */
  onEndTag(handler: (tag: HTMLRewriterEndTag) => unknown): void;
}

interface HTMLRewriterEndTag extends HTMLRewriterPart {
  name: string;
}

interface HTMLRewriterText extends HTMLRewriterPart {
  /** A piece of a text, as it came: character references are not decoded. */
  readonly text: string;
  /** The text has ended; this piece is the last of it, and empty. */
  readonly lastInTextNode: boolean;
}

interface HTMLRewriterComment extends HTMLRewriterPart {
  text: string;
}

interface HTMLRewriterDoctype {
  readonly name: string | null;
  readonly publicId: string | null;
  readonly systemId: string | null;
}

interface HTMLRewriterDocumentEnd {
  append(content: string, options?: HTMLRewriterContentOptions): this;
}

/** Handlers may be asynchronous; the next part comes when a promise of theirs is fulfilled. */
interface HTMLRewriterElementHandlers {
  element?(element: HTMLRewriterElement): unknown;
  /** Comments and texts within the element, at any depth. */
  comments?(comment: HTMLRewriterComment): unknown;
  text?(text: HTMLRewriterText): unknown;
}

interface HTMLRewriterDocumentHandlers {
  doctype?(doctype: HTMLRewriterDoctype): unknown;
  comments?(comment: HTMLRewriterComment): unknown;
  text?(text: HTMLRewriterText): unknown;
  end?(end: HTMLRewriterDocumentEnd): unknown;
}

/** Changes HTML while it passes through. It is bundled into apps that mention it. https://developers.cloudflare.com/workers/runtime-apis/html-rewriter/ */
declare class HTMLRewriter {
  /** Selectors are those that can be decided at a start tag; others throw a TypeError. */
  on(selector: string, handlers: HTMLRewriterElementHandlers): this;
  onDocument(handlers: HTMLRewriterDocumentHandlers): this;
  transform(response: Response): Response;
}

declare module "hedge:html" {
  const HTMLRewriterClass: typeof HTMLRewriter;
  export { HTMLRewriterClass as HTMLRewriter };
}

/** As far as what frameworks build for Cloudflare Workers needs it. */
declare module "cloudflare:workers" {
  /** The app's [vars], to which it may add what stands for a binding, such as ASSETS. */
  export const env: Record<string, any>;
  /** What a class extends whose objects a library for calls passes by reference. */
  export class RpcTarget {}
}

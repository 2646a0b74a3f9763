// hedge:html: HTMLRewriter of Cloudflare Workers, which changes a document while it
// passes through: https://developers.cloudflare.com/workers/runtime-apis/html-rewriter/
import { Document, type DocumentHandlers, type ElementHandlers, type Rule } from "../html/document.ts";
import { parseSelector } from "../html/selector.ts";

export class HTMLRewriter {
  readonly #rules: Rule[] = [];
  readonly #documentHandlers: DocumentHandlers[] = [];

  /** Has handlers called for the elements that a selector selects, and what is in them. */
  on(selector: string, handlers: ElementHandlers): this {
    this.#rules.push({ ...parseSelector(String(selector)), handlers });
    return this;
  }

  onDocument(handlers: DocumentHandlers): this {
    this.#documentHandlers.push(handlers);
    return this;
  }

  /** The response with its document changed. It is read, and handlers are called, as fast as the result is read. */
  transform(response: Response): Response {
    if (response.body === null) return new Response(null, response);
    const document = new Document([...this.#rules], [...this.#documentHandlers], charsetOf(response));
    const changed = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        async transform(chunk, controller) {
          const bytes = await document.write(chunk);
          if (bytes.length > 0) controller.enqueue(bytes);
        },
        async flush(controller) {
          const bytes = await document.end();
          if (bytes.length > 0) controller.enqueue(bytes);
        },
      }),
    );
    const result = new Response(changed, response);
    result.headers.delete("content-length");
    return result;
  }
}

function charsetOf(response: Response): string {
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(response.headers.get("content-type") ?? "")?.[1] ?? "utf-8";
}

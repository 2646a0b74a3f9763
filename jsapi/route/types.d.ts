// The module of this folder, as apps see it.

declare module "hedge:route" {
  /** Answers a request. It can stand as an app's fetch handler. */
  export type Handler = (request: Request, ...rest: any[]) => Promise<Response>;

  /** Where a prefix leads: a handler, the URL of an origin, or an app. */
  export type Destination =
    | ((request: Request, ...rest: any[]) => Response | Promise<Response>)
    | string
    | URL
    | { fetch(request: Request, ...rest: any[]): Response | Promise<Response> };

  /**
   * A handler that chooses among others by the path's prefix, as in "/blog"; the longest that fits wins, and prefixes end at segments.
   * Where none fits the answer is a 404.
   * Origins see the path without the prefix, and get it back in Location and in the paths of cookies. Other handlers see the whole path.
   * A GET or HEAD for a prefix of an origin itself, "/blog", is redirected to "/blog/" (307), from where relative links lead to the right place.
   */
  export function mount(table: Record<string, Destination>): Handler;

  /**
   * A handler that sends requests on, as a reverse proxy does, to an upstream of hedge.toml by its name, or to an origin by its URL,
   * whose path goes in front of the request's. A body that nobody looks at does not pass through JavaScript, in either direction.
   */
  export function upstream(origin: string | URL): Handler;

  /**
   * A handler that serves the files of a folder that hedge.toml names, in folders or in a route, with ranges, tags and precompressed variants.
   * For /docs/ that is docs/index.html, and for /about, where there is no such file or folder, about.html.
   * fallback is the file that answers where there is none and the path does not look like a file's; notFound is the page for 404, without which that
   * is a line of text. dotfiles takes a route to the folder in hedge.toml that has dotfiles = true: without one they are no part of a release.
   */
  export function files(folder: string, options?: { fallback?: string; notFound?: string; dotfiles?: boolean }): Handler;

  /**
   * A handler that sends clients to another URL. to is a template as in hedge.toml: {host}, {path}, {rest}, which is the path below the prefix of
   * mount(), and {query}. Without a status it is 307.
   */
  export function redirect(to: string, status?: 301 | 302 | 303 | 307 | 308): Handler;

  /** A handler that gives every request the same answer. */
  export function respond(status: number, body?: string | null, init?: { headers?: HeadersInit }): Handler;

  /**
   * A handler that sends requests on as upstream() does, with the path to in the place of the path from, which they have to be below.
   * Location and the paths of cookies get the path from back.
   */
  export function rewrite(from: string, to: string, origin: Handler | string | URL): Handler;

  /**
   * A handler that counts requests by a rate limit of hedge.toml, answers 429 to those that come too soon, and has the others answered.
   * What it counts counts together, whatever the path, and apart from what routes count. Counting is one of the request's fetches.
   */
  export function rateLimit(name: string, destination: Destination): Handler;

  /** Changes of fields: those to remove, those to replace or add, and those to add beside what is there. */
  export interface HeaderChanges {
    remove?: string[];
    set?: Record<string, string>;
    add?: Record<string, string>;
  }

  /** A handler that changes the fields of requests before another one answers, and those of its answers. */
  export function withHeaders(changes: { request?: HeaderChanges; response?: HeaderChanges }, destination: Destination): Handler;

  /** A handler that sends requests on as upstream() does, each visitor to the side of a split of hedge.toml that is its own. */
  export function split(name: string): Handler;
}

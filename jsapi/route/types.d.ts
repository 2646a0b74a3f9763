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
   */
  export function mount(table: Record<string, Destination>): Handler;

  /**
   * A handler that sends requests on, as a reverse proxy does, to an upstream of hedge.toml by its name, or to an origin by its URL,
   * whose path goes in front of the request's. A body that nobody looks at does not pass through JavaScript, in either direction.
   */
  export function upstream(origin: string | URL): Handler;

  /** A handler that sends requests on as upstream() does, each visitor to the side of a split of hedge.toml that is its own. */
  export function split(name: string): Handler;
}

// ExtendableEvent and FetchEvent (Service Workers §4.4, §4.6), for apps that
// listen to events instead of exporting a handler.
import type { RequestContext } from "../../worker/context.ts";
import { PromiseResolve, TypeError } from "../core/primordials.ts";
import { defineInterface, illegalInvocation, requireArguments } from "../core/webidl.ts";
import { DOMException } from "../events/domexception.ts";
import { Event } from "../events/event.ts";
import { keepAlive } from "./keepalive.ts";
import { isRequest, type Request } from "./request.ts";

interface FetchEventInit {
  request: Request;
  /** Only the runtime's own events have one. */
  context: RequestContext;
}

export class ExtendableEvent extends Event {
  #context: RequestContext | undefined;

  constructor(type: unknown, init: unknown = undefined) {
    super(type, init);
    this.#context = contextOf(init);
  }

  waitUntil(promise: unknown): void {
    if (!(#context in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "ExtendableEvent.waitUntil");
    if (this.#context === undefined) throw new DOMException("The event was not dispatched by the runtime", "InvalidStateError");
    keepAlive(this.#context, promise);
  }
}

defineInterface(ExtendableEvent, "ExtendableEvent", { enumerable: ["waitUntil"], length: 1 });

/** The contexts of the inits that the runtime made. */
let trusted: FetchEventInit | null = null;

function contextOf(init: unknown): RequestContext | undefined {
  return init !== undefined && init === trusted ? trusted!.context : undefined;
}

let responseOf!: (event: FetchEvent) => Promise<unknown> | undefined;

export class FetchEvent extends ExtendableEvent {
  #request: Request;
  #response: Promise<unknown> | undefined;

  static {
    responseOf = (event) => event.#response;
  }

  constructor(type: unknown, init: unknown) {
    requireArguments(arguments.length, 2, "FetchEvent");
    super(type, init);
    const request = (init as { request?: unknown } | null)?.request;
    if (!isRequest(request)) throw new TypeError("FetchEvent: the option 'request' is not a Request");
    this.#request = request;
  }

  get request(): Request {
    if (!(#request in this)) illegalInvocation();
    return this.#request;
  }

  respondWith(response: unknown): void {
    if (!(#request in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "FetchEvent.respondWith");
    if (this.#response !== undefined) throw new DOMException("respondWith was called before", "InvalidStateError");
    this.#response = PromiseResolve(response);
    this.stopImmediatePropagation();
  }
}

defineInterface(FetchEvent, "FetchEvent", { enumerable: ["request", "respondWith"], length: 2 });

/** The event of a request that came in. */
export function newFetchEvent(request: Request, context: RequestContext): FetchEvent {
  trusted = { request, context };
  try {
    return new FetchEvent("fetch", trusted);
  } finally {
    trusted = null;
  }
}

/** What the listeners answered with; a TypeError if none did. */
export function takeResponse(event: FetchEvent): Promise<unknown> {
  const response = responseOf(event);
  if (response === undefined) throw new TypeError("No listener for fetch called event.respondWith()");
  return response;
}

// A request's context: what belongs to one request and ends with it. It follows
// promises, timers and streams through V8's continuation data, so that whatever
// code a request set off is known to be that request's.
import { Kind, writeEmpty } from "../frame/frame.ts";
import { type Scope, currentContextObject } from "../jsapi/core/continuation.ts";
import { SafeMap } from "../jsapi/core/primordials.ts";
import { Callbacks } from "./callbacks.ts";

const { getContext, setContext } = __host;

export class RequestContext {
  readonly id: number;
  /** Nothing of the request may go on. */
  over = false;
  /** The client went away. */
  gone = false;
  /** The app has the request's signal, and may learn from it that the client went away. */
  watched = false;
  /** What keeps the request going: the handler, the response's body, each waitUntil. */
  #holds = 1;
  #awaitsDelivery = false;
  /** Called with the reason when the client goes away. Whoever needs that no longer takes the callback back, for a request may go on for hours. */
  readonly onAbort = new Callbacks<unknown>();
  /** Called when the request is over, to let go of what belongs to it. */
  readonly onOver = new Callbacks<void>();

  constructor(id: number) {
    this.id = id;
  }

  hold(): void {
    this.#holds++;
  }

  /** Ends one hold; the request is finished with the last. Returns whether it was the last. */
  release(): boolean {
    if (--this.#holds > 0 || this.over) return false;
    writeEmpty(Kind.Finished, this.id);
    this.end();
    return true;
  }

  /** Makes the handler's hold last until the host has delivered the response. */
  awaitDelivery(): void {
    this.#awaitsDelivery = true;
  }

  /** The host has delivered the response, or will never do so. */
  delivered(): void {
    if (!this.#awaitsDelivery) return;
    this.#awaitsDelivery = false;
    this.release();
  }

  /** Whether releasing the one hold that is left would finish the request. */
  get lastHold(): boolean {
    return this.#holds === 1;
  }

  /** The client went away. */
  abort(reason: unknown): void {
    this.gone = true;
    this.onAbort.run(reason);
  }

  /** Ends the request without telling the host, which knows. */
  end(): void {
    if (this.over) return;
    this.over = true;
    contexts.delete(this.id);
    this.onOver.run();
  }
}

const contexts = new SafeMap<number, RequestContext>();

/** Opens the context of a request. */
export function openContext(id: number): RequestContext {
  const context = new RequestContext(id);
  contexts.set(id, context);
  return context;
}

/** The context of a request that is not over. */
export function findContext(id: number): RequestContext | undefined {
  return contexts.get(id);
}

/** What follows the code that something sets off: its request's context, or a scope within that. */
export type Continuation = RequestContext | Scope | undefined;

/** The continuation of the running code. */
export function currentContinuation(): Continuation {
  return getContext() as Continuation;
}

/** The context of the request that set off the running code; undefined while the app loads. */
export function currentContext(): RequestContext | undefined {
  return currentContextObject() as RequestContext | undefined;
}

/** The id for frames: 0 stands for the app itself. */
export function contextId(context: RequestContext | undefined): number {
  return context === undefined ? 0 : context.id;
}

/** Runs fn as code of a context, or of a scope of one. */
export function runIn<T>(within: Continuation, fn: () => T): T {
  const before = getContext();
  setContext(within);
  try {
    return fn();
  } finally {
    setContext(before);
  }
}

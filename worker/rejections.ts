// Rejected promises that nobody handles, found once the microtasks have run (HTML
// §8.1.4.8 "unhandled promise rejections").
import { requestSettle } from "../frame/frame.ts";
import { SafeMap, SafeWeakMap } from "../jsapi/core/primordials.ts";
import { type Continuation, currentContext, currentContinuation, runIn, type RequestContext } from "./context.ts";
import { reportUncaught } from "./print.ts";

const enum Event {
  WithNoHandler = 0,
  HandlerAdded = 1,
}

interface Rejection {
  reason: unknown;
  context: RequestContext | undefined;
  within: Continuation;
}

/** What a feature does with rejections. It runs as code of the request that was rejected, and does not throw. */
interface Listener {
  /** Asked before a rejection is reported; returns true to keep it quiet. */
  unhandled(promise: Promise<unknown>, reason: unknown): boolean;
  /** Told when a promise gets a handler that had none when unhandled was asked. */
  handled(promise: Promise<unknown>, reason: unknown): void;
}

let rejections = new SafeMap<Promise<unknown>, Rejection>();
/** Those that were found to be unhandled, and still are. */
const outstanding = new SafeWeakMap<Promise<unknown>, Rejection>();
/** Those of them that got a handler since the last settle. */
let late = new SafeMap<Promise<unknown>, Rejection>();
let listener: Listener = { unhandled: () => false, handled: () => {} };

/** Lets a feature (the unhandledrejection event) see rejections first. */
export function setRejectionListener(listen: Listener): void {
  listener = listen;
}

/** Called by V8 for each promise that is rejected without a handler, or gets one late. */
export function promiseRejected(event: number, promise: Promise<unknown>, reason: unknown): void {
  if (event === Event.WithNoHandler) {
    rejections.set(promise, { reason, context: currentContext(), within: currentContinuation() });
    requestSettle();
  } else if (event === Event.HandlerAdded) {
    if (!rejections.delete(promise)) handledLate(promise);
  }
}

function handledLate(promise: Promise<unknown>): void {
  const rejection = outstanding.get(promise);
  if (rejection === undefined) return;
  outstanding.delete(promise);
  late.set(promise, rejection);
  requestSettle();
}

/** Reports what is still unhandled. Called by native code after the microtasks. */
export function settle(): void {
  const handled = late;
  late = new SafeMap();
  const unhandled = rejections;
  rejections = new SafeMap();
  handled.forEach(({ within, reason }, promise) => runIn(within, () => listener.handled(promise, reason)));
  unhandled.forEach((rejection, promise) => {
    const { context, within, reason } = rejection;
    if (!runIn(within, () => listener.unhandled(promise, reason))) reportUncaught(context, reason);
    outstanding.set(promise, rejection); // Not before: the listener may handle it.
  });
}

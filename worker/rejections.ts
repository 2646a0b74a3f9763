// Rejected promises that nobody handles, found once the microtasks have run.
import { Kind, begin, end, requestSettle, writeRaw } from "../frame/frame.ts";
import { SafeMap } from "../jsapi/core/primordials.ts";
import { contextId, currentContext, type RequestContext } from "./context.ts";
import { describe } from "./errors.ts";

const enum Event {
  WithNoHandler = 0,
  HandlerAdded = 1,
}

interface Rejection {
  reason: unknown;
  context: RequestContext | undefined;
}

/** Asked before a rejection is reported; returns true to keep it quiet. */
type Listener = (promise: Promise<unknown>, reason: unknown) => boolean;

let rejections = new SafeMap<Promise<unknown>, Rejection>();
let listener: Listener = () => false;

/** Lets a feature (the unhandledrejection event) see rejections first. */
export function setRejectionListener(listen: Listener): void {
  listener = listen;
}

/** Called by V8 for each promise that is rejected without a handler, or gets one late. */
export function promiseRejected(event: number, promise: Promise<unknown>, reason: unknown): void {
  if (event === Event.WithNoHandler) {
    rejections.set(promise, { reason, context: currentContext() });
    requestSettle();
  } else if (event === Event.HandlerAdded) {
    rejections.delete(promise);
  }
}

/** Reports what is still unhandled. Called by native code after the microtasks. */
export function settle(): void {
  const unhandled = rejections;
  rejections = new SafeMap();
  unhandled.forEach((rejection, promise) => {
    if (!listener(promise, rejection.reason)) reportUncaught(rejection.context, rejection.reason);
  });
}

/** Tells the host of an exception that nobody caught. */
export function reportUncaught(context: RequestContext | undefined, reason: unknown): void {
  begin(Kind.Uncaught, contextId(context));
  writeRaw(describe(reason));
  end();
}

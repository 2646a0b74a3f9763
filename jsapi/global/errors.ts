// What happens to exceptions and rejections that nobody caught: the app gets an event
// on the global scope, and what it does not cancel goes to the host. HTML §8.1.4.7
// "report an exception" and §8.1.4.8 "unhandled promise rejections".
import { currentContext } from "../../worker/context.ts";
import { describe } from "../../worker/errors.ts";
import { reportUncaught } from "../../worker/print.ts";
import { ErrorEvent, PromiseRejectionEvent } from "../events/event.ts";
import { fireEvent, hasListener } from "../events/eventtarget.ts";
import { readDescription } from "./description.ts";

const global = globalThis;

/** An exception that a listener for "error" throws is not offered to the listeners again. */
let reporting = false;

/** Reports an exception. */
export function reportError(error: unknown): void {
  if (!reporting && hasListener(global, "error") && offer(error)) return;
  reportUncaught(currentContext(), error);
}

/** Fires "error"; returns whether a listener canceled it. */
function offer(error: unknown): boolean {
  reporting = true;
  try {
    const { name, message, file, line, column } = readDescription(describe(error));
    return !fireEvent(
      global,
      new ErrorEvent("error", {
        __proto__: null,
        cancelable: true,
        message: `Uncaught ${name === "" ? "" : `${name}: `}${message}`,
        filename: file,
        lineno: line,
        colno: column,
        error,
      }),
    );
  } finally {
    reporting = false;
  }
}

/** Fires "unhandledrejection"; returns whether a listener canceled it. */
export function unhandledRejection(promise: Promise<unknown>, reason: unknown): boolean {
  if (!hasListener(global, "unhandledrejection")) return false;
  return !fireEvent(global, new PromiseRejectionEvent("unhandledrejection", { __proto__: null, cancelable: true, promise, reason }));
}

/** Fires "rejectionhandled", for a promise that was unhandled before. */
export function rejectionHandled(promise: Promise<unknown>, reason: unknown): void {
  if (!hasListener(global, "rejectionhandled")) return;
  fireEvent(global, new PromiseRejectionEvent("rejectionhandled", { __proto__: null, promise, reason }));
}

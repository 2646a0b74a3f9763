// The global scope itself: self, and the events of what nobody caught.
import { setRejectionListener } from "../../worker/rejections.ts";
import { setReporter } from "../core/report.ts";
import { defineGlobalAccessor, defineGlobalMember } from "../core/webidl.ts";
import { defineEventHandler } from "../events/eventtarget.ts";
import { rejectionHandled, reportError, unhandledRejection } from "./errors.ts";

/** Defines the globals, and takes over what nobody caught. */
export function install(): void {
  const scope = globalThis;
  defineGlobalAccessor("self", () => scope, (value) => defineGlobalMember("self", value)); // [Replaceable]
  defineEventHandler(scope, "error");
  defineEventHandler(scope, "unhandledrejection");
  defineEventHandler(scope, "rejectionhandled");
  setReporter(reportError);
  setRejectionListener({ unhandled: unhandledRejection, handled: rejectionHandled });
}

// What lets a request go on after its response has ended.
import type { RequestContext } from "../../worker/context.ts";
import { reportUncaught } from "../../worker/print.ts";
import { PromisePrototypeThen, PromiseResolve, TypeError } from "../core/primordials.ts";

/** Keeps a request going until a promise has settled. A rejection is reported. */
export function keepAlive(context: RequestContext, promise: unknown): void {
  if (context.over) throw new TypeError("waitUntil was called after the request was over");
  context.hold();
  PromisePrototypeThen(
    PromiseResolve(promise),
    () => void context.release(),
    (reason) => {
      reportUncaught(context, reason);
      context.release();
    },
  );
}

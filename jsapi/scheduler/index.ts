// scheduler.wait of Cloudflare Workers: setTimeout as a promise.
import { NumberIsNaN, ObjectDefineProperty, PromiseReject, SymbolToStringTag, TypeError, newDeferred } from "../core/primordials.ts";
import { defineGlobalMember, dictionary, requireArguments, unrestrictedDouble } from "../core/webidl.ts";
import { type AbortSignal, abortReason, addAbortAlgorithm, isAbortSignal, isAborted, removeAbortAlgorithm } from "../events/abort.ts";
import { addTimer, removeTimer } from "../timers/timers.ts";

/** A promise that is fulfilled after a delay in milliseconds, or rejected with the signal's reason. */
function wait(delay: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal !== undefined && isAborted(signal)) return PromiseReject(abortReason(signal));
  const done = newDeferred<void>();
  const abort = (): void => {
    removeTimer(id);
    done.reject(abortReason(signal!));
  };
  const id = addTimer(delay, () => {
    if (signal !== undefined) removeAbortAlgorithm(signal, abort);
    done.resolve();
  });
  if (signal !== undefined) addAbortAlgorithm(signal, abort);
  return done.promise;
}

const scheduler = {
  wait(delay: unknown, options: unknown = undefined): Promise<void> {
    try {
      requireArguments(arguments.length, 1, "scheduler.wait");
      const milliseconds = unrestrictedDouble(delay);
      const { signal } = dictionary(options, "scheduler.wait: the options");
      if (signal !== undefined && !isAbortSignal(signal)) throw new TypeError("scheduler.wait: the option 'signal' is not an AbortSignal");
      return wait(NumberIsNaN(milliseconds) ? 0 : milliseconds, signal);
    } catch (reason) {
      return PromiseReject(reason);
    }
  },
};
ObjectDefineProperty(scheduler, SymbolToStringTag, { __proto__: null, value: "Scheduler", configurable: true } as PropertyDescriptor);

/** Defines the global. */
export function install(): void {
  defineGlobalMember("scheduler", scheduler);
}

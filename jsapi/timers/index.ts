// setTimeout, setInterval, queueMicrotask and their kin, as globals.
import { ArrayPrototypeSlice, NumberIsNaN, PromisePrototypeThen, PromiseResolve, ReflectApply, TypeError } from "../core/primordials.ts";
import { reportException } from "../core/report.ts";
import { callbackFunction, defineGlobalMember, requireArguments, unrestrictedDouble } from "../core/webidl.ts";
import { addInterval, addTimer, removeTimer } from "./timers.ts";

export { addTimer, removeTimer, wake } from "./timers.ts";

type Add = (delay: number, callback: () => void) => number;

function start(add: Add, name: string, args: IArguments): number {
  requireArguments(args.length, 1, name);
  const handler = args[0];
  if (typeof handler !== "function") {
    throw new TypeError(`${name}: the handler is not a function (text is not run as code here)`);
  }
  const delay = args.length > 1 ? unrestrictedDouble(args[1]) : 0;
  const rest = ArrayPrototypeSlice(args as never, 2);
  return add(NumberIsNaN(delay) ? 0 : delay, () => ReflectApply(handler, globalThis, rest));
}

function clear(id: unknown): void {
  if (id !== undefined) removeTimer(unrestrictedDouble(id));
}

const settled = PromiseResolve(undefined);

/** Defines the globals. */
export function install(): void {
  defineGlobalMember("setTimeout", function setTimeout(_handler: unknown, _delay?: unknown): number {
    return start(addTimer, "setTimeout", arguments);
  });
  defineGlobalMember("setInterval", function setInterval(_handler: unknown, _delay?: unknown): number {
    return start(addInterval, "setInterval", arguments);
  });
  defineGlobalMember("clearTimeout", function clearTimeout(id: unknown = undefined): void {
    clear(id);
  });
  defineGlobalMember("clearInterval", function clearInterval(id: unknown = undefined): void {
    clear(id);
  });
  defineGlobalMember("queueMicrotask", function queueMicrotask(callback: unknown): void {
    requireArguments(arguments.length, 1, "queueMicrotask");
    const run = callbackFunction(callback, "queueMicrotask: the callback");
    PromisePrototypeThen(settled, () => {
      try {
        run();
      } catch (error) {
        reportException(error);
      }
    });
  });
  defineGlobalMember("reportError", function reportError(error: unknown): void {
    requireArguments(arguments.length, 1, "reportError");
    reportException(error);
  });
}

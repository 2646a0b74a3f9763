// What the runtime gives to the modules of library/, which are bundled into an app
// that imports them: the module "hedge:runtime", which apps do not import.
import { inspect } from "../console/inspect.ts";
import { currentLocals, runWithLocals } from "../core/continuation.ts";
import { ReflectApply } from "../core/primordials.ts";
import { environment } from "../fetch/app.ts";
import { AsyncLocalStorage } from "./storage.ts";

const { kindOf, latin1Decode, latin1EncodeInto } = __host;

type Fn = (...args: unknown[]) => unknown;

/** Returns a function that calls another one with the values of AsyncLocalStorage of now. */
function snapshot(): (fn: Fn, self: unknown, args: unknown[]) => unknown {
  const locals = currentLocals();
  return (fn, self, args) => runWithLocals(locals, () => ReflectApply(fn, self, args));
}

export const module = { AsyncLocalStorage, environment, inspect, kindOf, latin1Decode, latin1EncodeInto, snapshot };

// The callbacks of the dictionaries UnderlyingSource, UnderlyingSink and Transformer.

import { keepingLocals } from "../core/continuation.ts";
import { callbackFunction } from "../core/webidl.ts";

/** A function of an app's, to be called with the object that it came from as `this`. */
export type Callback = (...args: unknown[]) => unknown;

/** A member that is a callback function, or undefined when it is absent; owner names its dictionary in the TypeError. It runs with the values of AsyncLocalStorage that there are now. */
export function optionalCallback(value: unknown, owner: string, member: string): Callback | undefined {
  return value === undefined ? undefined : keepingLocals(callbackFunction<Callback>(value, `${owner}'s '${member}'`));
}

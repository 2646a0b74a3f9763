// The callbacks of the dictionaries UnderlyingSource, UnderlyingSink and Transformer.

import { callbackFunction } from "../core/webidl.ts";

/** A function of an app's, to be called with the object that it came from as `this`. */
export type Callback = (...args: unknown[]) => unknown;

/** A member that is a callback function, or undefined when it is absent; owner names its dictionary in the TypeError. */
export function optionalCallback(value: unknown, owner: string, member: string): Callback | undefined {
  return value === undefined ? undefined : callbackFunction<Callback>(value, `${owner}'s '${member}'`);
}

// How the runtime makes objects of interfaces whose constructors apps cannot
// call, or call otherwise: the first argument is a value that no app can get.

import { ObjectFreeze, TypeError } from "../core/primordials.ts";

/** The first argument of a constructor call by the runtime. */
export const internal: unknown = ObjectFreeze({ __proto__: null });

/** Throws the TypeError of an interface without a constructor. */
export function illegalConstructor(): never {
  throw new TypeError("Illegal constructor");
}

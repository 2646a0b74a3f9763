// The clock of the isolate. It stands still during a turn: what sets it is the
// beginning of the next one, so that an app cannot time its own computations,
// or those of its neighbours, finely enough to learn secrets from them.

import { MathRound } from "../core/primordials.ts";

/** The time of the current turn and that of the first, in milliseconds since 1970. */
let current = 0;
let origin = 0;

/** Sets the clock at the beginning of a turn. It starts with the first call, and never goes backwards. */
export function setNow(epochMs: number): void {
  if (origin === 0) origin = epochMs;
  if (epochMs > current) current = epochMs;
}

/** Milliseconds since the clock started, in whole microseconds. */
export function now(): number {
  return MathRound((current - origin) * 1000) / 1000;
}

/** When the clock started, in milliseconds since 1970. */
export function timeOrigin(): number {
  return origin;
}

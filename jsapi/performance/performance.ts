// Performance: https://w3c.github.io/hr-time/

import { TypeError } from "../core/primordials.ts";
import { defineInterface, illegalInvocation } from "../core/webidl.ts";
import { EventTarget } from "../events/eventtarget.ts";
import { now, timeOrigin } from "./clock.ts";

export { now, setNow, timeOrigin } from "./clock.ts";

const internal = {};

export class Performance extends EventTarget {
  #brand = true;

  constructor(token: unknown) {
    super();
    if (token !== internal) throw new TypeError("Illegal constructor");
  }

  get timeOrigin(): number {
    if (!(#brand in this)) illegalInvocation();
    return timeOrigin();
  }

  now(): number {
    if (!(#brand in this)) illegalInvocation();
    return now();
  }

  toJSON(): { timeOrigin: number } {
    if (!(#brand in this)) illegalInvocation();
    return { timeOrigin: timeOrigin() };
  }
}

defineInterface(Performance, "Performance", { enumerable: ["timeOrigin", "now", "toJSON"], length: 0 });

/** The one object of the class. */
export const performance = new Performance(internal);

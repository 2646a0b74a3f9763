// performance and navigator.

import { defineGlobal, defineGlobalAccessor, defineGlobalMember } from "../core/webidl.ts";
import { Navigator, navigator } from "./navigator.ts";
import { Performance, performance } from "./performance.ts";

export { now, setNow, timeOrigin } from "./clock.ts";

/** Sets the globals. */
export function install(): void {
  defineGlobal("Navigator", Navigator);
  defineGlobal("Performance", Performance);
  defineGlobalAccessor("navigator", () => navigator);
  // [Replaceable]: an app that assigns gets what it assigned.
  defineGlobalAccessor(
    "performance",
    () => performance,
    (value) => defineGlobalMember("performance", value),
  );
}

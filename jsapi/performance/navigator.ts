// Navigator: https://html.spec.whatwg.org/#the-navigator-object, of which a server needs the name.

import { TypeError } from "../core/primordials.ts";
import { defineInterface, illegalInvocation } from "../core/webidl.ts";

const internal = {};

export class Navigator {
  #brand = true;

  constructor(token: unknown) {
    if (token !== internal) throw new TypeError("Illegal constructor");
  }

  get userAgent(): string {
    if (!(#brand in this)) illegalInvocation();
    return "Hedge";
  }
}

defineInterface(Navigator, "Navigator", { enumerable: ["userAgent"], length: 0 });

/** The one object of the class. */
export const navigator = new Navigator(internal);

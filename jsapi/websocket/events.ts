// CloseEvent (WHATWG WebSockets).
import { StringPrototypeToWellFormed } from "../core/primordials.ts";
import { DOMString, defineInterface, dictionary, illegalInvocation, requireArguments, unsignedShort } from "../core/webidl.ts";
import { Event } from "../events/event.ts";

export class CloseEvent extends Event {
  #wasClean: boolean;
  #code: number;
  #reason: string;

  constructor(type: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, "CloseEvent");
    super(type, init);
    const { code, reason, wasClean } = dictionary(init, "CloseEvent: the options");
    this.#code = code === undefined ? 0 : unsignedShort(code);
    this.#reason = reason === undefined ? "" : StringPrototypeToWellFormed(DOMString(reason));
    this.#wasClean = !!wasClean;
  }

  get wasClean(): boolean {
    return #code in this ? this.#wasClean : illegalInvocation();
  }

  get code(): number {
    return #code in this ? this.#code : illegalInvocation();
  }

  get reason(): string {
    return #code in this ? this.#reason : illegalInvocation();
  }
}

defineInterface(CloseEvent, "CloseEvent", { enumerable: ["wasClean", "code", "reason"] });

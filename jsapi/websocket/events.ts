// MessageEvent (HTML) and CloseEvent (WHATWG WebSockets).
import { ObjectFreeze, StringPrototypeToWellFormed } from "../core/primordials.ts";
import { DOMString, USVString, defineInterface, dictionary, illegalInvocation, requireArguments, unsignedShort } from "../core/webidl.ts";
import { Event } from "../events/event.ts";

const noPorts: readonly unknown[] = ObjectFreeze([]);

export class MessageEvent extends Event {
  #data: unknown;
  #origin: string;
  #lastEventId: string;

  constructor(type: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, "MessageEvent");
    super(type, init);
    const { data, lastEventId, origin } = dictionary(init, "MessageEvent: the options");
    this.#data = data === undefined ? null : data;
    this.#lastEventId = lastEventId === undefined ? "" : DOMString(lastEventId);
    this.#origin = origin === undefined ? "" : USVString(origin);
  }

  get data(): unknown {
    return #data in this ? this.#data : illegalInvocation();
  }

  get origin(): string {
    return #data in this ? this.#origin : illegalInvocation();
  }

  get lastEventId(): string {
    return #data in this ? this.#lastEventId : illegalInvocation();
  }

  get source(): null {
    return #data in this ? null : illegalInvocation();
  }

  get ports(): readonly unknown[] {
    return #data in this ? noPorts : illegalInvocation();
  }
}

defineInterface(MessageEvent, "MessageEvent", { enumerable: ["data", "origin", "lastEventId", "source", "ports"] });

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

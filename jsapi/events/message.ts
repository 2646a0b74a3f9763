// MessageEvent: https://html.spec.whatwg.org/#messageevent
import { ObjectFreeze, TypeError } from "../core/primordials.ts";
import { DOMString, USVString, defineInterface, dictionary, illegalInvocation, requireArguments, toSequence } from "../core/webidl.ts";
import { Event, initializeEvent } from "./event.ts";

const noPorts: readonly unknown[] = ObjectFreeze([]);

/** Whether a value is a MessagePort, which is a feature above this one. */
let isPort: (value: unknown) => boolean = () => false;

/** Teaches this module MessagePort. */
export function setPortCheck(check: (value: unknown) => boolean): void {
  isPort = check;
}

export class MessageEvent extends Event {
  #data: unknown;
  #origin: string;
  #lastEventId: string;
  #source: object | null;
  #ports: readonly unknown[];

  constructor(type: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, "MessageEvent");
    super(type, init);
    const { data, lastEventId, origin, ports, source } = dictionary(init, "MessageEvent: the options");
    this.#data = data === undefined ? null : data;
    this.#lastEventId = lastEventId === undefined ? "" : DOMString(lastEventId);
    this.#origin = origin === undefined ? "" : USVString(origin);
    this.#ports = ports === undefined ? noPorts : portList(ports);
    this.#source = sourceOf(source);
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

  get source(): object | null {
    return #data in this ? this.#source : illegalInvocation();
  }

  get ports(): readonly unknown[] {
    return #data in this ? this.#ports : illegalInvocation();
  }

  initMessageEvent(
    type: unknown,
    bubbles: unknown = false,
    cancelable: unknown = false,
    data: unknown = null,
    origin: unknown = "",
    lastEventId: unknown = "",
    source: unknown = null,
    ports: unknown = [],
  ): void {
    if (!(#data in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "MessageEvent.initMessageEvent");
    if (!initializeEvent(this, DOMString(type), !!bubbles, !!cancelable)) return;
    this.#data = data;
    this.#origin = USVString(origin);
    this.#lastEventId = DOMString(lastEventId);
    this.#source = sourceOf(source);
    this.#ports = portList(ports);
  }
}

function portList(value: unknown): readonly unknown[] {
  return ObjectFreeze(
    toSequence(value, (port) => {
      if (!isPort(port)) throw new TypeError("MessageEvent: a port is not a MessagePort");
      return port;
    }),
  );
}

function sourceOf(value: unknown): object | null {
  if (value === undefined || value === null) return null;
  if (!isPort(value)) throw new TypeError("MessageEvent: the source is not a MessagePort");
  return value as object;
}

defineInterface(MessageEvent, "MessageEvent", { enumerable: ["data", "origin", "lastEventId", "source", "ports", "initMessageEvent"] });

// MessageChannel and MessagePort: https://html.spec.whatwg.org/#message-ports
// Both ends of a channel are in the same isolate. What is posted is cloned at once, and delivered behind the running code,
// as that of the request which posted it.

import { TypeError } from "../core/primordials.ts";
import {
  defineInterface,
  dictionary,
  getIteratorMethod,
  illegalInvocation,
  isObject,
  requireArguments,
  sequenceFrom,
  toSequence,
} from "../core/webidl.ts";
import { addTransferable, cloneWithTransfer, newCloneError } from "../clone/clone.ts";
import { defineEventHandler, EventTarget, fireEvent } from "../events/eventtarget.ts";
import { Event } from "../events/event.ts";
import { MessageEvent, setPortCheck } from "../events/message.ts";
import { addTimer } from "../timers/index.ts";

interface Message {
  data: unknown;
  ports: readonly object[];
}

/** One end of a channel, which outlives the object that apps see when it is transferred. */
class End {
  other: End | null = null;
  object: MessagePort | null = null;
  enabled = false;
  #messages: (Message | undefined)[] = [];
  #next = 0;

  push(message: Message): void {
    this.#messages[this.#messages.length] = message;
    if (this.enabled) this.#schedule();
  }

  start(): void {
    if (this.enabled) return;
    this.enabled = true;
    for (let i = this.#next; i < this.#messages.length; i++) this.#schedule();
  }

  close(): void {
    const { other } = this;
    this.other = null;
    if (other === null) return;
    other.other = null;
    addTimer(0, () => {
      if (other.object !== null) fireEvent(other.object, new Event("close"));
    });
  }

  #schedule(): void {
    addTimer(0, () => this.#deliver());
  }

  #deliver(): void {
    const message = this.#messages[this.#next];
    if (message === undefined || this.object === null || !this.enabled) return;
    this.#messages[this.#next++] = undefined;
    if (this.#next === this.#messages.length) {
      this.#messages = [];
      this.#next = 0;
    }
    fireEvent(this.object, new MessageEvent("message", { __proto__: null, data: message.data, ports: message.ports }));
  }
}

const internal: unknown = { __proto__: null };

let endOf!: (port: MessagePort) => End | null;
let moveEnd!: (from: MessagePort, to: MessagePort) => void;
let isPort!: (value: unknown) => value is MessagePort;

export class MessagePort extends EventTarget {
  /** null once the port has been transferred. */
  #end: End | null;

  static {
    endOf = (port) => port.#end;
    isPort = (value): value is MessagePort => isObject(value) && #end in value;
    moveEnd = (from, to) => {
      const end = from.#end!;
      from.#end = null;
      to.#end = end;
      end.object = to;
      end.enabled = false; // the other object has not been started
    };
  }

  constructor(token: unknown, end: End | null) {
    if (token !== internal) throw new TypeError("Illegal constructor");
    super();
    this.#end = end;
    if (end !== null) end.object = this;
  }

  postMessage(message: unknown, options: unknown = undefined): void {
    if (!(#end in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "MessagePort.postMessage");
    const transfer = transferOf(options);
    for (let i = 0; i < transfer.length; i++) {
      if (transfer[i] === this) throw newCloneError("MessagePort.postMessage: a port cannot be posted through itself");
    }
    const { value, moved } = cloneWithTransfer(message, transfer);
    const other = this.#end?.other;
    if (other !== undefined && other !== null) other.push({ data: value, ports: portsOf(moved) });
  }

  start(): void {
    if (!(#end in this)) illegalInvocation();
    this.#end?.start();
  }

  close(): void {
    if (!(#end in this)) illegalInvocation();
    this.#end?.close();
  }
}

function transferOf(options: unknown): unknown[] {
  const method = isObject(options) ? getIteratorMethod(options) : undefined;
  if (method !== undefined) return sequenceFrom(options as object, method, (item) => item);
  const { transfer } = dictionary(options, "MessagePort.postMessage: the options");
  return transfer === undefined ? [] : toSequence(transfer, (item) => item, "MessagePort.postMessage: transfer");
}

function portsOf(objects: readonly object[]): MessagePort[] {
  const ports: MessagePort[] = [];
  for (let i = 0; i < objects.length; i++) {
    const object = objects[i];
    if (isPort(object)) ports[ports.length] = object;
  }
  return ports;
}

export class MessageChannel {
  #port1: MessagePort;
  #port2: MessagePort;

  constructor() {
    const first = new End();
    const second = new End();
    first.other = second;
    second.other = first;
    this.#port1 = new MessagePort(internal, first);
    this.#port2 = new MessagePort(internal, second);
  }

  get port1(): MessagePort {
    return #port1 in this ? this.#port1 : illegalInvocation();
  }

  get port2(): MessagePort {
    return #port1 in this ? this.#port2 : illegalInvocation();
  }
}

/** Tells the parts below of ports. Called once. */
export function connectPorts(): void {
  setPortCheck(isPort);
  addTransferable({
    is: isPort,
    obstacle: (port) => (endOf(port as MessagePort) === null ? "a MessagePort that is detached" : undefined),
    receiver: () => new MessagePort(internal, null),
    move: (port, receiver) => moveEnd(port as MessagePort, receiver as MessagePort),
  });
}

defineEventHandler(MessagePort.prototype, "message", (port) => endOf(port as MessagePort)?.start());
defineEventHandler(MessagePort.prototype, "messageerror");
defineEventHandler(MessagePort.prototype, "close");
defineInterface(MessagePort, "MessagePort", { enumerable: ["postMessage", "start", "close"], length: 0 });
defineInterface(MessageChannel, "MessageChannel", { enumerable: ["port1", "port2"] });

// Event and its kinds: CustomEvent (DOM), ErrorEvent and PromiseRejectionEvent (HTML).

import { ObjectDefineProperty, ReflectGetOwnPropertyDescriptor, TypeError } from "../core/primordials.ts";
import {
  defineInterface,
  dictionary,
  DOMString,
  illegalInvocation,
  isObject,
  requireArguments,
  unsignedLong,
  USVString,
} from "../core/webidl.ts";
import { now } from "../performance/clock.ts";

/** An event's flags and fields, which dispatch (eventtarget.ts) reads and writes. */
export interface EventState {
  type: string;
  target: object | null;
  currentTarget: object | null;
  /** eventPhase: one of the constants of Event. */
  phase: number;
  bubbles: boolean;
  cancelable: boolean;
  composed: boolean;
  trusted: boolean;
  initialized: boolean;
  dispatching: boolean;
  propagationStopped: boolean;
  immediatePropagationStopped: boolean;
  canceled: boolean;
  inPassiveListener: boolean;
  timeStamp: number;
}

let stateOf: (event: object) => EventState | undefined;

/** The state of an event; undefined for what is no Event. */
export function eventState(value: unknown): EventState | undefined {
  return isObject(value) ? stateOf(value) : undefined;
}

export const NONE = 0;
export const CAPTURING_PHASE = 1;
export const AT_TARGET = 2;
export const BUBBLING_PHASE = 3;

export class Event {
  #state: EventState;

  static {
    stateOf = (event) => (#state in event ? event.#state : undefined);
  }

  constructor(type: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, "Event");
    const text = DOMString(type);
    const dict = dictionary(init, "Event: the options");
    this.#state = {
      type: text,
      target: null,
      currentTarget: null,
      phase: NONE,
      bubbles: !!dict.bubbles,
      cancelable: !!dict.cancelable,
      composed: !!dict.composed,
      trusted: false,
      initialized: true,
      dispatching: false,
      propagationStopped: false,
      immediatePropagationStopped: false,
      canceled: false,
      inPassiveListener: false,
      timeStamp: now(),
    };
    ObjectDefineProperty(this, "isTrusted", isTrusted);
  }

  get type(): string {
    return brand(this).type;
  }

  get target(): object | null {
    return brand(this).target;
  }

  get srcElement(): object | null {
    return brand(this).target;
  }

  get currentTarget(): object | null {
    return brand(this).currentTarget;
  }

  composedPath(): object[] {
    const { currentTarget } = brand(this);
    return currentTarget === null ? [] : [currentTarget];
  }

  get eventPhase(): number {
    return brand(this).phase;
  }

  stopPropagation(): void {
    brand(this).propagationStopped = true;
  }

  get cancelBubble(): boolean {
    return brand(this).propagationStopped;
  }

  set cancelBubble(value: unknown) {
    const state = brand(this);
    if (value) state.propagationStopped = true;
  }

  stopImmediatePropagation(): void {
    const state = brand(this);
    state.propagationStopped = true;
    state.immediatePropagationStopped = true;
  }

  get bubbles(): boolean {
    return brand(this).bubbles;
  }

  get cancelable(): boolean {
    return brand(this).cancelable;
  }

  get returnValue(): boolean {
    return !brand(this).canceled;
  }

  set returnValue(value: unknown) {
    const state = brand(this);
    if (!value) setCanceled(state);
  }

  preventDefault(): void {
    setCanceled(brand(this));
  }

  get defaultPrevented(): boolean {
    return brand(this).canceled;
  }

  get composed(): boolean {
    return brand(this).composed;
  }

  get timeStamp(): number {
    return brand(this).timeStamp;
  }

  initEvent(type: unknown, bubbles: unknown = false, cancelable: unknown = false): void {
    const state = brand(this);
    requireArguments(arguments.length, 1, "Event.initEvent");
    initialize(state, DOMString(type), !!bubbles, !!cancelable);
  }
}

defineInterface(Event, "Event", {
  enumerable: [
    "type",
    "target",
    "srcElement",
    "currentTarget",
    "composedPath",
    "eventPhase",
    "stopPropagation",
    "cancelBubble",
    "stopImmediatePropagation",
    "bubbles",
    "cancelable",
    "returnValue",
    "preventDefault",
    "defaultPrevented",
    "composed",
    "timeStamp",
    "initEvent",
  ],
  constants: { NONE, CAPTURING_PHASE, AT_TARGET, BUBBLING_PHASE },
});

/** [LegacyUnforgeable]: an own property of every event, with one getter for all. */
const isTrusted = {
  __proto__: null,
  get: ReflectGetOwnPropertyDescriptor(
    {
      get isTrusted() {
        return brand(this).trusted;
      },
    },
    "isTrusted",
  )!.get!,
  enumerable: true,
  configurable: false,
} as PropertyDescriptor;

function brand(event: object): EventState {
  return eventState(event) ?? illegalInvocation();
}

/** DOM "set the canceled flag". */
export function setCanceled(state: EventState): void {
  if (state.cancelable && !state.inPassiveListener) state.canceled = true;
}

/** DOM "initialize", of initEvent; without effect while the event is dispatched. Returns whether it had one. */
function initialize(state: EventState, type: string, bubbles: boolean, cancelable: boolean): boolean {
  if (state.dispatching) return false;
  state.initialized = true;
  state.propagationStopped = false;
  state.immediatePropagationStopped = false;
  state.canceled = false;
  state.trusted = false;
  state.target = null;
  state.type = type;
  state.bubbles = bubbles;
  state.cancelable = cancelable;
  return true;
}

/** DOM "initialize", of an event of the runtime's classes; false, and nothing, while it is dispatched. */
export function initializeEvent(event: Event, type: string, bubbles: boolean, cancelable: boolean): boolean {
  return initialize(brand(event), type, bubbles, cancelable);
}

export class CustomEvent extends Event {
  #detail: unknown;

  constructor(type: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, "CustomEvent");
    super(type, init);
    const { detail } = dictionary(init, "CustomEvent: the options");
    this.#detail = detail === undefined ? null : detail;
  }

  get detail(): unknown {
    return #detail in this ? this.#detail : illegalInvocation();
  }

  initCustomEvent(type: unknown, bubbles: unknown = false, cancelable: unknown = false, detail: unknown = null): void {
    if (!(#detail in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "CustomEvent.initCustomEvent");
    if (initialize(brand(this), DOMString(type), !!bubbles, !!cancelable)) this.#detail = detail;
  }
}

defineInterface(CustomEvent, "CustomEvent", { enumerable: ["detail", "initCustomEvent"] });

/** Whether an event is an ErrorEvent, by its brand. */
export let isErrorEvent: (event: object) => event is ErrorEvent;

export class ErrorEvent extends Event {
  #message: string;
  #filename: string;
  #lineno: number;
  #colno: number;
  #error: unknown;

  constructor(type: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, "ErrorEvent");
    super(type, init);
    const dict = dictionary(init, "ErrorEvent: the options");
    const { colno, error, filename, lineno, message } = dict;
    this.#colno = colno === undefined ? 0 : unsignedLong(colno);
    this.#error = error;
    this.#filename = filename === undefined ? "" : USVString(filename);
    this.#lineno = lineno === undefined ? 0 : unsignedLong(lineno);
    this.#message = message === undefined ? "" : DOMString(message);
  }

  get message(): string {
    return #message in this ? this.#message : illegalInvocation();
  }

  get filename(): string {
    return #message in this ? this.#filename : illegalInvocation();
  }

  get lineno(): number {
    return #message in this ? this.#lineno : illegalInvocation();
  }

  get colno(): number {
    return #message in this ? this.#colno : illegalInvocation();
  }

  get error(): unknown {
    return #message in this ? this.#error : illegalInvocation();
  }

  static {
    isErrorEvent = (event): event is ErrorEvent => #message in event;
  }
}

defineInterface(ErrorEvent, "ErrorEvent", { enumerable: ["message", "filename", "lineno", "colno", "error"] });

export class PromiseRejectionEvent extends Event {
  #promise: object;
  #reason: unknown;

  constructor(type: unknown, init: unknown) {
    requireArguments(arguments.length, 2, "PromiseRejectionEvent");
    super(type, init);
    const { promise, reason } = dictionary(init, "PromiseRejectionEvent: the options");
    if (!isObject(promise)) throw new TypeError("PromiseRejectionEvent: the options' promise is required, and an object");
    this.#promise = promise;
    this.#reason = reason;
  }

  get promise(): object {
    return #promise in this ? this.#promise : illegalInvocation();
  }

  get reason(): unknown {
    return #promise in this ? this.#reason : illegalInvocation();
  }
}

defineInterface(PromiseRejectionEvent, "PromiseRejectionEvent", { enumerable: ["promise", "reason"] });

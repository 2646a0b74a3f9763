// EventTarget: DOM's dispatch for targets without a tree, and event handler
// attributes (HTML's onsomething).

import {
  ObjectDefineProperty,
  ReflectApply,
  ReflectGetOwnPropertyDescriptor,
  SafeMap,
  TypeError,
} from "../core/primordials.ts";
import { currentLocals, type Locals, runWithLocals } from "../core/continuation.ts";
import { defineInterface, DOMString, illegalInvocation, isObject, requireArguments } from "../core/webidl.ts";
import { reportException } from "../core/report.ts";
import type { AbortState } from "./abortstate.ts";
import { DOMException } from "./domexception.ts";
import { without } from "./lists.ts";
import { AT_TARGET, eventState, isErrorEvent, NONE, setCanceled, type Event, type EventState } from "./event.ts";

const global = globalThis;

type Callback = ((event: Event) => unknown) | { handleEvent?: (event: Event) => unknown };

/** A listener of DOM's event listener list. */
interface Listener {
  type: string;
  callback: Callback;
  capture: boolean;
  once: boolean;
  passive: boolean;
  removed: boolean;
  /** Takes the listener off the signal that would have removed it. */
  forget: (() => void) | undefined;
  /** The values of AsyncLocalStorage where it was added, for events that come from where there are none. */
  readonly locals: Locals | undefined;
}

/** An event handler attribute: its value, and the listener which calls that while it is not null. */
interface Handler {
  value: object | null;
  listener: Listener | undefined;
}

/** The internal slots of an EventTarget. */
export class TargetState {
  readonly object: object;
  /** Appended to in place, replaced on removal. */
  listeners: Listener[] = [];
  handlers: InstanceType<typeof SafeMap<string, Handler>> | undefined;
  /** Set in an AbortSignal, and what makes it one. */
  abort: AbortState | undefined;

  constructor(object: object) {
    this.object = object;
  }
}

/** The global scope, which is an EventTarget that no constructor made. */
const globalState = new TargetState(global);

let slotOf: (object: object) => TargetState | undefined;

/** The state of an EventTarget, or undefined for what is none. */
export function targetState(value: unknown): TargetState | undefined {
  if (value === global) return globalState;
  return isObject(value) ? slotOf(value) : undefined;
}

/** The state of a method's `this`, which is the global scope when a method is called bare. */
function thisState(value: unknown): TargetState {
  return targetState(value ?? global) ?? illegalInvocation();
}

export class EventTarget {
  #state = new TargetState(this);

  static {
    slotOf = (object) => (#state in object ? object.#state : undefined);
  }

  addEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
    const state = thisState(this);
    requireArguments(arguments.length, 2, "EventTarget.addEventListener");
    const name = DOMString(type);
    const call = callbackOf(callback, "EventTarget.addEventListener");
    const dict = isObject(options) ? (options as Record<string, unknown>) : undefined;
    const capture = dict === undefined ? !!options : !!dict.capture;
    const once = dict !== undefined && !!dict.once;
    const passive = dict !== undefined && !!dict.passive;
    const signal = dict === undefined ? undefined : signalOf(dict.signal);
    if (call !== null) addListener(state, name, call, capture, once, passive, signal);
  }

  removeEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
    const state = thisState(this);
    requireArguments(arguments.length, 2, "EventTarget.removeEventListener");
    const name = DOMString(type);
    const call = callbackOf(callback, "EventTarget.removeEventListener");
    const capture = isObject(options) ? !!(options as Record<string, unknown>).capture : !!options;
    const listener = call === null ? undefined : findListener(state, name, call, capture);
    if (listener !== undefined) removeListener(state, listener);
  }

  dispatchEvent(event: unknown): boolean {
    const state = thisState(this);
    requireArguments(arguments.length, 1, "EventTarget.dispatchEvent");
    const flags = eventState(event);
    if (flags === undefined) throw new TypeError("EventTarget.dispatchEvent: the argument is not an Event");
    if (flags.dispatching) throw new DOMException("The event is already being dispatched", "InvalidStateError");
    flags.trusted = false;
    return dispatch(state, event as Event, flags);
  }
}

defineInterface(EventTarget, "EventTarget", { enumerable: ["addEventListener", "removeEventListener", "dispatchEvent"] });

/** DOM "fire an event": dispatches an event of the runtime's making, as trusted. Returns false when it was canceled. */
export function fireEvent(target: object, event: Event): boolean {
  const flags = eventState(event)!;
  flags.trusted = true;
  return dispatch(thisState(target), event, flags);
}

/** Whether a target has a listener or handler for a type; if not, there is no use in making the event. */
export function hasListener(target: object, type: string): boolean {
  return countListeners(thisState(target), type) > 0;
}

// --- The event listener list ------------------------------------------------

function callbackOf(value: unknown, what: string): Callback | null {
  if (value === undefined || value === null) return null;
  if (!isObject(value)) throw new TypeError(`${what}: the listener is neither a function nor an object`);
  return value as Callback;
}

function signalOf(value: unknown): AbortState | undefined {
  if (value === undefined) return undefined;
  const signal = targetState(value)?.abort;
  if (signal === undefined) throw new TypeError("EventTarget.addEventListener: the option 'signal' is not an AbortSignal");
  return signal;
}

function addListener(
  state: TargetState,
  type: string,
  callback: Callback,
  capture: boolean,
  once: boolean,
  passive: boolean,
  signal: AbortState | undefined,
): void {
  if (signal !== undefined && signal.aborted) return;
  if (findListener(state, type, callback, capture) !== undefined) return;
  const listener: Listener = {
    type,
    callback,
    capture,
    once,
    passive,
    removed: false,
    forget: undefined,
    locals: currentLocals(),
  };
  appendListener(state, listener);
  if (signal === undefined) return;
  const onabort = () => removeListener(state, listener);
  signal.add(onabort);
  listener.forget = () => signal.remove(onabort);
}

function findListener(state: TargetState, type: string, callback: Callback, capture: boolean): Listener | undefined {
  for (let i = 0; i < state.listeners.length; i++) {
    const listener = state.listeners[i]!;
    if (listener.callback === callback && listener.type === type && listener.capture === capture) return listener;
  }
  return undefined;
}

function appendListener(state: TargetState, listener: Listener): void {
  state.listeners[state.listeners.length] = listener;
  listenersChanged(state, listener.type);
}

/** DOM "remove an event listener". */
function removeListener(state: TargetState, listener: Listener): void {
  if (listener.removed) return;
  listener.removed = true;
  state.listeners = without(state.listeners, listener);
  listener.forget?.();
  listenersChanged(state, listener.type);
}

function listenersChanged(state: TargetState, type: string): void {
  if (state.abort !== undefined && type === "abort") state.abort.listeners = countListeners(state, type);
}

function countListeners(state: TargetState, type: string): number {
  let count = 0;
  for (let i = 0; i < state.listeners.length; i++) {
    if (state.listeners[i]!.type === type) count++;
  }
  return count;
}

// --- Dispatch ---------------------------------------------------------------

/** DOM "dispatch", of an event whose path is its target alone. Returns false when the event was canceled. */
function dispatch(state: TargetState, event: Event, flags: EventState): boolean {
  flags.dispatching = true;
  flags.target = state.object;
  flags.phase = AT_TARGET;
  flags.currentTarget = state.object;
  if (state.listeners.length > 0) {
    invoke(state, event, flags, true);
    invoke(state, event, flags, false);
  }
  flags.phase = NONE;
  flags.currentTarget = null;
  flags.dispatching = false;
  flags.propagationStopped = false;
  flags.immediatePropagationStopped = false;
  return !flags.canceled;
}

/** DOM "invoke" and "inner invoke": calls those of the listeners there are now that ask for this phase. */
function invoke(state: TargetState, event: Event, flags: EventState, capture: boolean): void {
  if (flags.propagationStopped) return;
  // Removing replaces the list, and adding makes it longer: this is the clone that DOM asks for.
  const { listeners } = state;
  const { length } = listeners;
  for (let i = 0; i < length; i++) {
    const listener = listeners[i]!;
    if (listener.removed || listener.type !== flags.type || listener.capture !== capture) continue;
    if (listener.once) removeListener(state, listener);
    flags.inPassiveListener = listener.passive;
    try {
      if (listener.locals !== undefined && flags.trusted && currentLocals() === undefined) {
        runWithLocals(listener.locals, () => callListener(listener.callback, state.object, event));
      } else {
        callListener(listener.callback, state.object, event);
      }
    } catch (error) {
      reportException(error);
    }
    flags.inPassiveListener = false;
    if (flags.immediatePropagationStopped) return;
  }
}

/** Web IDL "call a user object's operation", with handleEvent. */
function callListener(callback: Callback, target: object, event: Event): void {
  if (typeof callback === "function") {
    ReflectApply(callback, target, [event]);
    return;
  }
  const method = callback.handleEvent;
  if (typeof method !== "function") throw new TypeError("The listener's handleEvent is not a function");
  ReflectApply(method, callback, [event]);
}

// --- Event handler attributes -----------------------------------------------

/** Adds the event handler attribute "on" + type to a prototype, or to the global scope itself. afterSet is called with the object whose attribute was set. */
export function defineEventHandler(owner: object, type: string, afterSet?: (target: object) => void): void {
  const key = `on${type}`;
  const accessors = {
    get [key](): unknown {
      return thisState(this).handlers?.get(type)?.value ?? null;
    },
    set [key](value: unknown) {
      setHandler(thisState(this), type, isObject(value) ? value : null);
      if (afterSet !== undefined) afterSet(this);
    },
  };
  ObjectDefineProperty(owner, key, ReflectGetOwnPropertyDescriptor(accessors, key)!);
}

/** Sets a handler's value: activates it at the end of the listeners, or deactivates it, as HTML says. */
function setHandler(state: TargetState, type: string, value: object | null): void {
  const handlers = (state.handlers ??= new SafeMap<string, Handler>());
  let handler = handlers.get(type);
  if (handler === undefined) {
    handler = { value: null, listener: undefined };
    handlers.set(type, handler);
  }
  handler.value = value;
  if (value === null) {
    if (handler.listener !== undefined) removeListener(state, handler.listener);
    handler.listener = undefined;
  } else if (handler.listener === undefined) {
    handler.listener = newHandlerListener(state, type, handler);
    appendListener(state, handler.listener);
  }
}

function newHandlerListener(state: TargetState, type: string, handler: Handler): Listener {
  return {
    type,
    callback: (event) => runHandler(state, handler, event),
    capture: false,
    once: false,
    passive: false,
    removed: false,
    forget: undefined,
    locals: currentLocals(),
  };
}

/** HTML "the event handler processing algorithm". */
function runHandler(state: TargetState, handler: Handler, event: Event): void {
  const callback = handler.value;
  if (typeof callback !== "function") return;
  const flags = eventState(event)!;
  const special = state === globalState && flags.type === "error" && isErrorEvent(event);
  const args = special ? [event.message, event.filename, event.lineno, event.colno, event.error] : [event];
  const result = ReflectApply(callback as never, state.object, args);
  if (result === special) setCanceled(flags);
}

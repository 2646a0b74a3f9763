// AbortController and AbortSignal (DOM, "Aborting ongoing activities"), and
// what the rest of the runtime asks of a signal.

import { TypeError } from "../core/primordials.ts";
import {
  defineInterface,
  illegalInvocation,
  requireArguments,
  toSequence,
  unsignedLongLongEnforceRange,
} from "../core/webidl.ts";
import { addTimer } from "../timers/timers.ts";
import { AbortState } from "./abortstate.ts";
import { DOMException } from "./domexception.ts";
import { Event } from "./event.ts";
import { defineEventHandler, EventTarget, fireEvent, hasListener, targetState } from "./eventtarget.ts";

/** What the constructor of AbortSignal must be given: apps have no way to call it. */
const token = {};

export class AbortSignal extends EventTarget {
  constructor(secret: unknown = undefined) {
    if (secret !== token) throw new TypeError("Illegal constructor");
    super();
    targetState(this)!.abort = new AbortState(this, fireAbort);
  }

  static abort(reason: unknown = undefined): AbortSignal {
    const signal = newAbortSignal();
    stateOf(signal).abort(reasonOr(reason));
    return signal;
  }

  static timeout(milliseconds: unknown): AbortSignal {
    requireArguments(arguments.length, 1, "AbortSignal.timeout");
    const delay = unsignedLongLongEnforceRange(milliseconds, "AbortSignal.timeout: the time");
    const signal = newAbortSignal();
    addTimer(delay, () => stateOf(signal).abort(new DOMException("The signal timed out", "TimeoutError")));
    return signal;
  }

  static any(signals: unknown): AbortSignal {
    requireArguments(arguments.length, 1, "AbortSignal.any");
    return newDependentSignal(toSequence(signals, toSignal, "AbortSignal.any: the argument"));
  }

  get aborted(): boolean {
    return stateOf(this).aborted;
  }

  get reason(): unknown {
    return stateOf(this).reason;
  }

  throwIfAborted(): void {
    const state = stateOf(this);
    if (state.aborted) throw state.reason;
  }

  declare onabort: ((event: Event) => unknown) | null;
}

defineInterface(AbortSignal, "AbortSignal", {
  enumerable: ["aborted", "reason", "throwIfAborted"],
  static: ["abort", "timeout", "any"],
});
defineEventHandler(AbortSignal.prototype, "abort");

export class AbortController {
  #signal = newAbortSignal();

  get signal(): AbortSignal {
    return #signal in this ? this.#signal : illegalInvocation();
  }

  abort(reason: unknown = undefined): void {
    if (!(#signal in this)) illegalInvocation();
    signalAbort(this.#signal, reason);
  }
}

defineInterface(AbortController, "AbortController", { enumerable: ["signal", "abort"] });

function stateOf(signal: unknown): AbortState {
  return targetState(signal)?.abort ?? illegalInvocation();
}

function fireAbort(signal: object): void {
  if (hasListener(signal, "abort")) fireEvent(signal, new Event("abort"));
}

function reasonOr(reason: unknown): unknown {
  return reason === undefined ? new DOMException("The operation was aborted", "AbortError") : reason;
}

function toSignal(value: unknown): AbortSignal {
  if (!isAbortSignal(value)) throw new TypeError("AbortSignal.any: the argument holds something that is not an AbortSignal");
  return value;
}

/** Whether a value is an AbortSignal, by its brand. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  return targetState(value)?.abort !== undefined;
}

/** A signal that is not aborted, and that signalAbort alone can abort. */
export function newAbortSignal(): AbortSignal {
  return new AbortSignal(token);
}

/** DOM "create a dependent abort signal": aborted as soon as one of signals is. */
export function newDependentSignal(signals: readonly AbortSignal[]): AbortSignal {
  const signal = newAbortSignal();
  const state = stateOf(signal);
  for (let i = 0; i < signals.length; i++) {
    const source = stateOf(signals[i]);
    if (!source.aborted) continue;
    state.aborted = true;
    state.reason = source.reason;
    return signal;
  }
  state.dependent = true;
  for (let i = 0; i < signals.length; i++) state.follow(stateOf(signals[i]));
  return signal;
}

/** DOM "signal abort"; without a reason it is an AbortError. */
export function signalAbort(signal: AbortSignal, reason?: unknown): void {
  const state = stateOf(signal);
  if (!state.aborted) state.abort(reasonOr(reason));
}

/** Whether a signal is aborted; unlike its attribute, out of an app's reach. */
export function isAborted(signal: AbortSignal): boolean {
  return stateOf(signal).aborted;
}

/** A signal's reason; undefined until it is aborted. */
export function abortReason(signal: AbortSignal): unknown {
  return stateOf(signal).reason;
}

/** Runs fn once, when the signal is aborted and before its event; never if it is aborted already. fn must not throw. */
export function addAbortAlgorithm(signal: AbortSignal, fn: () => void): void {
  stateOf(signal).add(fn);
}

/** Takes back addAbortAlgorithm of the same fn. Do so when the work ends, or a long-lived signal keeps it in memory. */
export function removeAbortAlgorithm(signal: AbortSignal, fn: () => void): void {
  stateOf(signal).remove(fn);
}

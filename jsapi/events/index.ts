// The events of the platform: EventTarget, Event and its kinds, DOMException, AbortSignal.

import { ObjectSetPrototypeOf } from "../core/primordials.ts";
import { defineGlobal } from "../core/webidl.ts";
import { AbortController, AbortSignal } from "./abort.ts";
import { DOMException, QuotaExceededError } from "./domexception.ts";
import { CustomEvent, ErrorEvent, Event, PromiseRejectionEvent } from "./event.ts";
import { EventTarget } from "./eventtarget.ts";
import { MessageEvent } from "./message.ts";
import { ProgressEvent } from "./progress.ts";

/** Defines the globals of this folder, and makes the global scope an EventTarget. */
export function install(): void {
  defineGlobal("AbortController", AbortController);
  defineGlobal("AbortSignal", AbortSignal);
  defineGlobal("CustomEvent", CustomEvent);
  defineGlobal("DOMException", DOMException);
  defineGlobal("ErrorEvent", ErrorEvent);
  defineGlobal("Event", Event);
  defineGlobal("EventTarget", EventTarget);
  defineGlobal("MessageEvent", MessageEvent);
  defineGlobal("ProgressEvent", ProgressEvent);
  defineGlobal("PromiseRejectionEvent", PromiseRejectionEvent);
  defineGlobal("QuotaExceededError", QuotaExceededError);
  ObjectSetPrototypeOf(globalThis, EventTarget.prototype);
}

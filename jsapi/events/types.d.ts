// The globals of this folder, as apps see them.

/** What an Event's constructor takes. */
interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

/** Something that happened. https://dom.spec.whatwg.org/#interface-event */
declare class Event {
  static readonly NONE: 0;
  static readonly CAPTURING_PHASE: 1;
  static readonly AT_TARGET: 2;
  static readonly BUBBLING_PHASE: 3;
  readonly NONE: 0;
  readonly CAPTURING_PHASE: 1;
  readonly AT_TARGET: 2;
  readonly BUBBLING_PHASE: 3;
  constructor(type: string, init?: EventInit);
  readonly type: string;
  /** Where the event is or was last dispatched. */
  readonly target: EventTarget | null;
  /** Whose listeners are running now. */
  readonly currentTarget: EventTarget | null;
  /** @deprecated Use target. */
  readonly srcElement: EventTarget | null;
  /** The targets that the event visits: while it is dispatched, currentTarget. */
  composedPath(): EventTarget[];
  readonly eventPhase: number;
  stopPropagation(): void;
  /** Keeps the listeners that follow from running. */
  stopImmediatePropagation(): void;
  /** @deprecated Use stopPropagation(). */
  cancelBubble: boolean;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly composed: boolean;
  /** Cancels a cancelable event: dispatchEvent returns false. */
  preventDefault(): void;
  readonly defaultPrevented: boolean;
  /** @deprecated Use defaultPrevented. */
  returnValue: boolean;
  /** Whether the runtime made the event. */
  readonly isTrusted: boolean;
  /** When the event was made, in milliseconds since performance.timeOrigin. */
  readonly timeStamp: number;
  /** @deprecated Use the constructor. */
  initEvent(type: string, bubbles?: boolean, cancelable?: boolean): void;
}

interface CustomEventInit<T = any> extends EventInit {
  detail?: T;
}

/** An event that carries an app's own value. */
declare class CustomEvent<T = any> extends Event {
  constructor(type: string, init?: CustomEventInit<T>);
  readonly detail: T;
  /** @deprecated Use the constructor. */
  initCustomEvent(type: string, bubbles?: boolean, cancelable?: boolean, detail?: T): void;
}

interface ProgressEventInit extends EventInit {
  lengthComputable?: boolean;
  loaded?: number;
  total?: number;
}

/** How far something has come. https://xhr.spec.whatwg.org/#interface-progressevent */
declare class ProgressEvent extends Event {
  constructor(type: string, init?: ProgressEventInit);
  readonly lengthComputable: boolean;
  readonly loaded: number;
  readonly total: number;
}

interface ErrorEventInit extends EventInit {
  message?: string;
  filename?: string;
  lineno?: number;
  colno?: number;
  error?: any;
}

/** An exception that nothing caught: the "error" event of the global scope. */
declare class ErrorEvent extends Event {
  constructor(type: string, init?: ErrorEventInit);
  readonly message: string;
  readonly filename: string;
  /** Line and column count from 1; 0 is unknown. */
  readonly lineno: number;
  readonly colno: number;
  /** What was thrown. */
  readonly error: any;
}

interface PromiseRejectionEventInit extends EventInit {
  promise: object;
  reason?: any;
}

/** A rejected promise without a handler ("unhandledrejection"), or with a late one ("rejectionhandled"). */
declare class PromiseRejectionEvent extends Event {
  constructor(type: string, init: PromiseRejectionEventInit);
  readonly promise: Promise<any>;
  readonly reason: any;
}

type EventListener = (event: any) => unknown;

/** An object whose handleEvent method is looked up and called for each event. */
interface EventListenerObject {
  handleEvent(event: any): unknown;
}

type EventListenerOrEventListenerObject = EventListener | EventListenerObject;

interface EventListenerOptions {
  capture?: boolean;
}

interface AddEventListenerOptions extends EventListenerOptions {
  /** Remove the listener as its first event comes. */
  once?: boolean;
  /** The listener's preventDefault() does nothing. */
  passive?: boolean;
  /** Remove the listener when this is aborted. */
  signal?: AbortSignal;
}

/** Something that events are dispatched to: those of Events by their types, and any other. https://dom.spec.whatwg.org/#interface-eventtarget */
declare class EventTarget<Events = {}> {
  addEventListener<K extends keyof Events>(
    type: K,
    listener: (event: Events[K]) => unknown,
    options?: AddEventListenerOptions | boolean,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: EventListenerOptions | boolean,
  ): void;
  /** Calls the listeners of the event's type; returns false if one of them canceled it. */
  dispatchEvent(event: Event): boolean;
}

/** The events of the global scope, by their types. */
interface GlobalEventMap {}

declare function addEventListener<K extends keyof GlobalEventMap>(
  type: K,
  listener: (event: GlobalEventMap[K]) => unknown,
  options?: AddEventListenerOptions | boolean,
): void;
declare function addEventListener(
  type: string,
  listener: EventListenerOrEventListenerObject | null,
  options?: AddEventListenerOptions | boolean,
): void;
declare function removeEventListener<K extends keyof GlobalEventMap>(
  type: K,
  listener: (event: GlobalEventMap[K]) => unknown,
  options?: EventListenerOptions | boolean,
): void;
declare function removeEventListener(
  type: string,
  listener: EventListenerOrEventListenerObject | null,
  options?: EventListenerOptions | boolean,
): void;
declare function dispatchEvent(event: Event): boolean;

/** The errors of Web APIs, told apart by name. https://webidl.spec.whatwg.org/#idl-DOMException */
declare class DOMException extends Error {
  static readonly INDEX_SIZE_ERR: 1;
  static readonly DOMSTRING_SIZE_ERR: 2;
  static readonly HIERARCHY_REQUEST_ERR: 3;
  static readonly WRONG_DOCUMENT_ERR: 4;
  static readonly INVALID_CHARACTER_ERR: 5;
  static readonly NO_DATA_ALLOWED_ERR: 6;
  static readonly NO_MODIFICATION_ALLOWED_ERR: 7;
  static readonly NOT_FOUND_ERR: 8;
  static readonly NOT_SUPPORTED_ERR: 9;
  static readonly INUSE_ATTRIBUTE_ERR: 10;
  static readonly INVALID_STATE_ERR: 11;
  static readonly SYNTAX_ERR: 12;
  static readonly INVALID_MODIFICATION_ERR: 13;
  static readonly NAMESPACE_ERR: 14;
  static readonly INVALID_ACCESS_ERR: 15;
  static readonly VALIDATION_ERR: 16;
  static readonly TYPE_MISMATCH_ERR: 17;
  static readonly SECURITY_ERR: 18;
  static readonly NETWORK_ERR: 19;
  static readonly ABORT_ERR: 20;
  static readonly URL_MISMATCH_ERR: 21;
  static readonly QUOTA_EXCEEDED_ERR: 22;
  static readonly TIMEOUT_ERR: 23;
  static readonly INVALID_NODE_TYPE_ERR: 24;
  static readonly DATA_CLONE_ERR: 25;
  constructor(message?: string, name?: string);
  /** The number that the name once stood for, or 0. */
  readonly code: number;
}

/** The DOMException for a quota that an operation would exceed. */
declare class QuotaExceededError extends DOMException {
  constructor(message?: string, options?: { quota?: number; requested?: number });
  readonly quota: number | null;
  readonly requested: number | null;
}

/** Aborts what was given its signal. https://dom.spec.whatwg.org/#interface-abortcontroller */
declare class AbortController {
  readonly signal: AbortSignal;
  /** Aborts, with an AbortError if there is no reason. Only the first call counts. */
  abort(reason?: any): void;
}

/** Tells that something is to be aborted. */
declare class AbortSignal extends EventTarget {
  private constructor();
  /** A signal that is aborted already. */
  static abort(reason?: any): AbortSignal;
  /** A signal that is aborted with a TimeoutError after a time. */
  static timeout(milliseconds: number): AbortSignal;
  /** A signal that is aborted as soon as one of the others is, with its reason. */
  static any(signals: Iterable<AbortSignal>): AbortSignal;
  readonly aborted: boolean;
  readonly reason: any;
  /** Throws the reason if the signal is aborted. */
  throwIfAborted(): void;
  onabort: ((this: AbortSignal, event: Event) => unknown) | null;
}

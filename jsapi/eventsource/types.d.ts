// The globals of this folder, as apps see them.

interface EventSourceEventMap {
  open: Event;
  message: MessageEvent;
  error: Event;
}

/** Receives server-sent events, and connects again when the connection ends. https://html.spec.whatwg.org/#the-eventsource-interface It ends with the request that made it. */
declare class EventSource extends EventTarget {
  static readonly CONNECTING: 0;
  static readonly OPEN: 1;
  static readonly CLOSED: 2;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
  constructor(url: string | URL, init?: { withCredentials?: boolean });
  readonly url: string;
  readonly withCredentials: boolean;
  readonly readyState: number;
  close(): void;
  onopen: ((event: Event) => unknown) | null;
  onmessage: ((event: MessageEvent) => unknown) | null;
  onerror: ((event: Event) => unknown) | null;
  addEventListener<K extends keyof EventSourceEventMap>(type: K, listener: (event: EventSourceEventMap[K]) => unknown, options?: AddEventListenerOptions | boolean): void;
  addEventListener(type: string, listener: ((event: MessageEvent) => unknown) | null, options?: AddEventListenerOptions | boolean): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: AddEventListenerOptions | boolean): void;
}

// The globals of this folder, as apps see them.

interface CloseEventInit extends EventInit {
  wasClean?: boolean;
  code?: number;
  reason?: string;
}

/** The end of a connection. https://websockets.spec.whatwg.org/#the-closeevent-interface */
declare class CloseEvent extends Event {
  constructor(type: string, init?: CloseEventInit);
  /** Whether both sides have said that it ends. */
  readonly wasClean: boolean;
  /** What the other side said; 1005 if it said nothing, 1006 if the connection broke off. */
  readonly code: number;
  readonly reason: string;
}

interface WebSocketEventMap {
  open: Event;
  message: MessageEvent;
  error: Event;
  close: CloseEvent;
}

/** A WebSocket. https://websockets.spec.whatwg.org/#the-websocket-interface It belongs to the request that made it, and ends with it. */
declare class WebSocket extends EventTarget {
  static readonly CONNECTING: 0;
  static readonly OPEN: 1;
  static readonly CLOSING: 2;
  static readonly CLOSED: 3;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  /** Connects. What an app may connect to is as for fetch. */
  constructor(url: string | URL, protocols?: string | string[]);
  readonly url: string;
  readonly readyState: number;
  /** Bytes that were given to send() and have not left the isolate. */
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly protocol: string;
  /** What binary messages become: "blob" for `new WebSocket`, "arraybuffer" for other sockets unless set. */
  binaryType: "blob" | "arraybuffer";
  /** Takes an end of a WebSocketPair, or the webSocket of a response, into use: only then messages come. As on Cloudflare Workers. */
  accept(): void;
  send(data: string | ArrayBuffer | ArrayBufferView | Blob): void;
  /** code is 1000 or from 3000 to 4999, and of a socket that `new WebSocket` has not opened also 1001 to 1003 and 1007 to 1014; reason has at most 123 bytes. */
  close(code?: number, reason?: string): void;
  onopen: ((event: Event) => unknown) | null;
  onmessage: ((event: MessageEvent) => unknown) | null;
  onerror: ((event: Event) => unknown) | null;
  onclose: ((event: CloseEvent) => unknown) | null;
  addEventListener<K extends keyof WebSocketEventMap>(
    type: K,
    listener: (event: WebSocketEventMap[K]) => unknown,
    options?: AddEventListenerOptions | boolean,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: AddEventListenerOptions | boolean): void;
}

/** Two WebSockets that talk with each other: one for code, one for the client, as on Cloudflare Workers. It is no class here, so that Object.values() knows what it gives. */
type WebSocketPair = { readonly 0: WebSocket; readonly 1: WebSocket };
declare const WebSocketPair: { new (): WebSocketPair; readonly prototype: WebSocketPair };

// The globals of this folder, as apps see them.

interface MessageEventInit<T = any> extends EventInit {
  ports?: MessagePort[];
  source?: MessagePort | null;
  data?: T;
  origin?: string;
  lastEventId?: string;
}

/** A message. https://html.spec.whatwg.org/#messageevent */
declare class MessageEvent<T = any> extends Event {
  constructor(type: string, init?: MessageEventInit<T>);
  /** The value that was posted; of a WebSocket a string, or what binaryType says. */
  readonly data: T;
  readonly origin: string;
  readonly lastEventId: string;
  readonly source: MessagePort | null;
  readonly ports: readonly MessagePort[];
}

interface MessagePortEventMap {
  message: MessageEvent;
  messageerror: MessageEvent;
  close: Event;
}

/** https://html.spec.whatwg.org/#message-ports */
declare class MessagePort extends EventTarget<MessagePortEventMap> {
  private constructor();
  postMessage(message: unknown, transfer?: Transferable[]): void;
  postMessage(message: unknown, options?: { transfer?: Transferable[] }): void;
  /** Begins to deliver messages; setting onmessage does so, too. */
  start(): void;
  close(): void;
  onmessage: ((event: MessageEvent) => unknown) | null;
  onmessageerror: ((event: MessageEvent) => unknown) | null;
  onclose: ((event: Event) => unknown) | null;
}

declare class MessageChannel {
  readonly port1: MessagePort;
  readonly port2: MessagePort;
}

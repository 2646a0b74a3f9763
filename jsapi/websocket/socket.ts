// The state of a WebSocket, whoever is at its other end.
import type { HostBody } from "../../worker/bodies.ts";
import { currentContext, type RequestContext } from "../../worker/context.ts";
import { TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, Uint8Array } from "../core/primordials.ts";
import { newBlob } from "../blob/index.ts";
import { Event } from "../events/event.ts";
import { fireEvent, hasListener } from "../events/eventtarget.ts";
import { MessageEvent } from "../events/message.ts";
import { CloseEvent } from "./events.ts";
import type { Inbox, Listener } from "./inbox.ts";
import { Message, Outbox } from "./outbox.ts";

const { utf8Decode } = __host;

export const enum Ready {
  Connecting = 0,
  Open = 1,
  Closing = 2,
  Closed = 3,
}

type Bytes = Uint8Array<ArrayBuffer>;

export class Socket implements Listener {
  /** The WebSocket, which gets the events. */
  target!: object;
  ready = Ready.Open;
  url = "";
  protocol = "";
  binaryType: "blob" | "arraybuffer" = "arraybuffer";
  readonly outbox = new Outbox();
  /** Bytes that were sent when nobody could get them any more. */
  #late = 0;
  /** Code has accepted the socket, and gets what comes. */
  accepted = false;
  /** The socket is not code's any more: it was given to a client. */
  given = false;
  /** The host's connection, as long as nobody has accepted the socket. */
  connection: HostBody | null = null;
  /** The other end, of a pair. */
  peer: Socket | null = null;
  #inbox: Inbox | null = null;
  #context: RequestContext | undefined;
  #started = false;

  /** Code wants to hear what comes. */
  accept(): void {
    this.accepted = true;
    this.#start();
  }

  /** Says where what is heard comes from. */
  connect(inbox: Inbox): void {
    this.#inbox = inbox;
    this.#start();
  }

  /** Keeps the current request going until the socket has closed. */
  keep(): void {
    this.#context = currentContext();
    this.#context?.hold();
  }

  #start(): void {
    if (this.#started || !this.accepted || this.#inbox === null) return;
    this.#started = true;
    this.#inbox.start(this);
  }

  send(kind: Message.Text | Message.Binary, payload: Uint8Array): void {
    if (this.ready === Ready.Open) this.outbox.push(kind, payload);
    else this.#late += TypedArrayPrototypeGetByteLength(payload);
  }

  get buffered(): number {
    return this.outbox.waiting + this.#late;
  }

  /** Begins the closing handshake. payload: code and reason, or nothing. */
  close(payload: Uint8Array): void {
    if (this.ready >= Ready.Closing) return;
    const connecting = this.ready === Ready.Connecting;
    this.ready = Ready.Closing;
    if (connecting) return; // what connects looks at it
    this.outbox.push(Message.Close, payload);
    this.outbox.end();
  }

  /** Ends a connection that came about when nobody wanted it any more. */
  leave(): void {
    this.outbox.push(Message.Close, new Uint8Array(0));
    this.outbox.end();
  }

  opened(): void {
    this.ready = Ready.Open;
    fireEvent(this.target, new Event("open"));
  }

  message(kind: Message, payload: Bytes): void {
    if (this.ready !== Ready.Open || !hasListener(this.target, "message")) return;
    let data: unknown;
    if (kind === Message.Text) data = utf8Decode(payload, 0, TypedArrayPrototypeGetByteLength(payload));
    else if (this.binaryType === "blob") data = newBlob([payload]);
    else data = TypedArrayPrototypeGetBuffer(payload);
    fireEvent(this.target, new MessageEvent("message", { __proto__: null, data, origin: this.url }));
  }

  closed(code: number, reason: string, clean: boolean): void {
    if (this.ready === Ready.Closed) return;
    const answers = this.ready !== Ready.Closing;
    this.ready = Ready.Closed;
    if (answers && this.peer !== null && !this.peer.given && !this.given) this.outbox.push(Message.Close, new Uint8Array(0));
    this.outbox.end();
    try {
      if (!clean) fireEvent(this.target, new Event("error"));
      fireEvent(this.target, new CloseEvent("close", { __proto__: null, code, reason, wasClean: clean }));
    } finally {
      this.#context?.release();
      this.#context = undefined;
    }
  }

  lost(): void {
    this.closed(1006, "", false);
  }
}

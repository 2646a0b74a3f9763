// What a socket hears: from the host in pieces (receive.go has their form), or from the
// other end of a pair in the same isolate.
import type { ByteSink, HostBody } from "../../worker/bodies.ts";
import { PromisePrototypeThen, PromiseResolve, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeSet, TypedArrayPrototypeSubarray, Uint8Array } from "../core/primordials.ts";
import { Message, recordHeader, type Outbox } from "./outbox.ts";

const { utf8Decode } = __host;

type Bytes = Uint8Array<ArrayBuffer>;

/** Takes what a socket hears. Exactly one of closed and lost comes, at the end. */
export interface Listener {
  message(kind: Message, payload: Bytes): void;
  closed(code: number, reason: string, clean: boolean): void;
  lost(): void;
}

/** Reads from somewhere, one piece at a time, as long as the listener may go on. */
export interface Inbox {
  start(listener: Listener): void;
  stop(): void;
}

/** The bytes before a piece. */
const pieceHeader = 4;

export class HostInbox implements Inbox, ByteSink {
  #body: HostBody;
  #listener: Listener | null = null;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(body: HostBody) {
    this.#body = body;
  }

  start(listener: Listener): void {
    this.#listener = listener;
    this.#body.read(this);
  }

  stop(): void {
    this.#listener = null;
    this.#body.cancel();
  }

  chunk(bytes: Uint8Array): void {
    const listener = this.#listener;
    if (listener === null) return;
    const kind: Message = bytes[0]!;
    const piece = TypedArrayPrototypeSubarray(bytes, pieceHeader);
    if (kind === Message.Close) {
      this.#listener = null;
      this.#body.cancel();
      listener.closed((piece[1]! << 8) | piece[2]!, utf8Decode(piece, 3, TypedArrayPrototypeGetByteLength(piece)), piece[0] === 1);
      return;
    }
    this.#parts[this.#parts.length] = piece;
    this.#length += TypedArrayPrototypeGetByteLength(piece);
    if (bytes[1] === 1) {
      const payload = this.#join();
      try {
        listener.message(kind, payload);
      } finally {
        if (this.#listener !== null) this.#body.read(this);
      }
      return;
    }
    this.#body.read(this);
  }

  #join(): Bytes {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (let i = 0; i < this.#parts.length; i++) {
      TypedArrayPrototypeSet(whole, this.#parts[i]!, at);
      at += TypedArrayPrototypeGetByteLength(this.#parts[i]!);
    }
    this.#parts = [];
    this.#length = 0;
    return whole;
  }

  end(): void {
    const listener = this.#listener;
    this.#listener = null;
    listener?.lost();
  }

  error(): void {
    this.end();
  }
}

/** The other end's outbox. Each message comes by a microtask of its own, as if it had been on its way. */
export class LocalInbox implements Inbox, ByteSink {
  #from: Outbox;
  #listener: Listener | null = null;

  constructor(from: Outbox) {
    this.#from = from;
  }

  start(listener: Listener): void {
    this.#listener = listener;
    this.#from.read(this);
  }

  stop(): void {
    this.#listener = null;
    this.#from.cancel();
  }

  chunk(record: Uint8Array): void {
    PromisePrototypeThen(PromiseResolve(undefined), () => this.#deliver(record));
  }

  #deliver(record: Uint8Array): void {
    const listener = this.#listener;
    if (listener === null) return;
    const kind: Message = record[0]!;
    const payload = TypedArrayPrototypeSubarray(record, recordHeader);
    if (kind === Message.Close) {
      this.#listener = null;
      const length = TypedArrayPrototypeGetByteLength(payload);
      if (length === 0) listener.closed(1005, "", true);
      else listener.closed((payload[0]! << 8) | payload[1]!, utf8Decode(payload, 2, length), true);
      return;
    }
    const whole = new Uint8Array(TypedArrayPrototypeGetByteLength(payload));
    TypedArrayPrototypeSet(whole, payload);
    try {
      listener.message(kind, whole);
    } finally {
      if (this.#listener !== null) this.#from.read(this);
    }
  }

  end(): void {
    const listener = this.#listener;
    this.#listener = null;
    listener?.lost();
  }

  error(): void {
    this.end();
  }
}

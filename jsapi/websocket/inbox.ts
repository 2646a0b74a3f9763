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

/** What an inbox reads from. */
interface Source {
  read(sink: ByteSink): void;
  cancel(): void;
}

/** Reads from somewhere, one piece at a time, as long as the listener may go on. */
export abstract class Inbox implements ByteSink {
  #from: Source;
  #listener: Listener | null = null;

  constructor(from: Source) {
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

  abstract chunk(bytes: Uint8Array): void;

  end(): void {
    const listener = this.#listener;
    this.#listener = null;
    listener?.lost();
  }

  error(): void {
    this.end();
  }

  /** Whether nobody listens any more. */
  protected get stopped(): boolean {
    return this.#listener === null;
  }

  /** Asks for what comes next, unless nobody listens any more. */
  protected more(): void {
    if (this.#listener !== null) this.#from.read(this);
  }

  protected hear(kind: Message, payload: Bytes): void {
    try {
      this.#listener?.message(kind, payload);
    } finally {
      this.more();
    }
  }

  protected hearClose(code: number, reason: string, clean: boolean): void {
    const listener = this.#listener;
    this.stop();
    listener?.closed(code, reason, clean);
  }
}

/** The bytes before a piece. */
const pieceHeader = 4;

export class HostInbox extends Inbox {
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(body: HostBody) {
    super(body);
  }

  chunk(bytes: Uint8Array): void {
    if (this.stopped) return;
    const kind: Message = bytes[0]!;
    const piece = TypedArrayPrototypeSubarray(bytes, pieceHeader);
    if (kind === Message.Close) {
      this.hearClose((piece[1]! << 8) | piece[2]!, utf8Decode(piece, 3, TypedArrayPrototypeGetByteLength(piece)), piece[0] === 1);
      return;
    }
    this.#parts[this.#parts.length] = piece;
    this.#length += TypedArrayPrototypeGetByteLength(piece);
    if (bytes[1] === 1) this.hear(kind, this.#join());
    else this.more();
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
}

/** The other end's outbox. Each message comes by a microtask of its own, as if it had been on its way. */
export class LocalInbox extends Inbox {
  constructor(from: Outbox) {
    super(from);
  }

  chunk(record: Uint8Array): void {
    PromisePrototypeThen(PromiseResolve(undefined), () => this.#deliver(record));
  }

  #deliver(record: Uint8Array): void {
    if (this.stopped) return;
    const kind: Message = record[0]!;
    const payload = TypedArrayPrototypeSubarray(record, recordHeader);
    const length = TypedArrayPrototypeGetByteLength(payload);
    if (kind !== Message.Close) {
      const whole = new Uint8Array(length);
      TypedArrayPrototypeSet(whole, payload);
      this.hear(kind, whole);
    } else if (length === 0) {
      this.hearClose(1005, "", true);
    } else {
      this.hearClose((payload[0]! << 8) | payload[1]!, utf8Decode(payload, 2, length), true);
    }
  }
}

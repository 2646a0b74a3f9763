// What a socket hears: from the host in pieces (receive.go has their form), or from the
// other end of a pair in the same isolate.
import type { ByteSink, HostBody } from "../../worker/bodies.ts";
import { PromisePrototypeThen, PromiseResolve, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeSet, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, Uint8Array } from "../core/primordials.ts";
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
  /** Has the message that is coming in its first #length bytes. It doubles, so that pieces take no more than twice what is in them, however small they are. */
  #room: Bytes | null = null;
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
    const isLast = bytes[1] === 1;
    const room = this.#add(piece, isLast);
    if (!isLast) {
      this.more();
      return;
    }
    const whole = this.#length === TypedArrayPrototypeGetByteLength(room) ? room : TypedArrayPrototypeSlice(room, 0, this.#length);
    this.#room = null;
    this.#length = 0;
    this.hear(kind, whole);
  }

  #add(piece: Uint8Array, isLast: boolean): Bytes {
    const length = this.#length + TypedArrayPrototypeGetByteLength(piece);
    let room = this.#room;
    if (room === null || TypedArrayPrototypeGetByteLength(room) < length) {
      room = new Uint8Array(isLast ? length : 2 * length);
      if (this.#room !== null) TypedArrayPrototypeSet(room, this.#room);
      this.#room = room;
    }
    TypedArrayPrototypeSet(room, piece, this.#length);
    this.#length = length;
    return room;
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

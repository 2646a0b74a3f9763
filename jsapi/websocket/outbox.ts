// What a socket says: records, one a message, until somebody takes them (send.go has
// their form).
import type { ByteSink, ByteSource } from "../../worker/bodies.ts";
import { TypedArrayPrototypeGetByteLength, TypedArrayPrototypeSet, Uint8Array } from "../core/primordials.ts";

export const enum Message {
  Text = 1,
  Binary = 2,
  Close = 8,
}

/** The bytes before the payload of a record. */
export const recordHeader = 8;

function newRecord(kind: Message, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = TypedArrayPrototypeGetByteLength(payload);
  const record = new Uint8Array(recordHeader + length);
  record[0] = kind;
  for (let i = 0; i < 4; i++) record[4 + i] = (length >>> (8 * i)) & 0xff;
  TypedArrayPrototypeSet(record, payload, recordHeader);
  return record;
}

export class Outbox implements ByteSource {
  /** The bytes of messages that nobody has taken. */
  waiting = 0;
  #records: (Uint8Array | undefined)[] = [];
  #next = 0;
  #ended = false;
  #sink: ByteSink | null = null;

  push(kind: Message, payload: Uint8Array): void {
    if (this.#ended) return;
    if (kind !== Message.Close) this.waiting += TypedArrayPrototypeGetByteLength(payload);
    this.#records[this.#records.length] = newRecord(kind, payload);
    this.#give();
  }

  /** Nothing more will be pushed. */
  end(): void {
    this.#ended = true;
    this.#give();
  }

  read(sink: ByteSink): void {
    this.#sink = sink;
    this.#give();
  }

  cancel(): void {
    this.#ended = true;
    this.#records = [];
    this.#next = 0;
  }

  #give(): void {
    const sink = this.#sink;
    if (sink === null) return;
    const record = this.#records[this.#next];
    if (record !== undefined) {
      this.#sink = null;
      this.#records[this.#next++] = undefined;
      if (this.#next === this.#records.length) {
        this.#records = [];
        this.#next = 0;
      }
      if (record[0] !== Message.Close) this.waiting -= TypedArrayPrototypeGetByteLength(record) - recordHeader;
      sink.chunk(record);
    } else if (this.#ended) {
      this.#sink = null;
      sink.end();
    }
  }
}

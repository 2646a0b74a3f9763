// The event stream format: https://html.spec.whatwg.org/#parsing-an-event-stream
import {
  RegExpPrototypeTest,
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeSet,
  Uint8Array,
} from "../core/primordials.ts";

const { utf8Decode } = __host;

/** The most bytes of one line. */
const longestLine = 1 << 20;
/** The most code units of one event's data. */
const longestData = 16 << 20;

const newline = 0x0a;
const carriageReturn = 0x0d;
const digits = /^[0-9]+$/;

/** What comes of a stream. */
export interface Handler {
  event(type: string, data: string, lastEventId: string): void;
  /** The stream says how long to wait before connecting again, in milliseconds. */
  retry(milliseconds: number): void;
}

/** Takes the bytes of one stream, in whatever pieces they come. */
export class Parser {
  readonly #handler: Handler;
  /** Bytes of the line that has not ended. */
  #pending = new Uint8Array(256);
  #length = 0;
  #first = true;
  #afterReturn = false;
  #type = "";
  #data = "";
  #hasData = false;
  #id: string;

  constructor(handler: Handler, lastEventId: string) {
    this.#handler = handler;
    this.#id = lastEventId;
  }

  /** Returns false when the stream is not one that can be read: a line or an event is too long. */
  push(bytes: Uint8Array): boolean {
    const { length } = bytes;
    let start = 0;
    for (let i = 0; i < length; i++) {
      const byte = bytes[i];
      if (byte === newline && this.#afterReturn && i === start && this.#length === 0) {
        start = i + 1; // the second half of CR LF
      } else if (byte === newline || byte === carriageReturn) {
        this.#line(bytes, start, i);
        start = i + 1;
      }
      this.#afterReturn = byte === carriageReturn;
    }
    return this.#keep(bytes, start, length) && this.#data.length <= longestData;
  }

  #keep(bytes: Uint8Array, start: number, end: number): boolean {
    const needed = this.#length + end - start;
    if (needed > longestLine) return false;
    if (needed > TypedArrayPrototypeGetByteLength(this.#pending)) {
      const larger = new Uint8Array(needed * 2);
      TypedArrayPrototypeSet(larger, this.#pending, 0);
      this.#pending = larger;
    }
    for (let i = start; i < end; i++) this.#pending[this.#length++] = bytes[i]!;
    return true;
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    let text: string;
    if (this.#length === 0) {
      text = utf8Decode(bytes, start, end);
    } else {
      this.#keep(bytes, start, end);
      text = utf8Decode(this.#pending, 0, this.#length);
      this.#length = 0;
    }
    if (this.#first && StringPrototypeCharCodeAt(text, 0) === 0xfeff) text = StringPrototypeSlice(text, 1);
    this.#first = false;
    this.#take(text);
  }

  #take(line: string): void {
    if (line === "") {
      this.#dispatch();
      return;
    }
    const colon = StringPrototypeIndexOf(line, ":");
    if (colon === 0) return; // a comment
    const name = colon < 0 ? line : StringPrototypeSlice(line, 0, colon);
    const value = colon < 0 ? "" : StringPrototypeSlice(line, line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") {
      this.#data = this.#hasData ? `${this.#data}\n${value}` : value;
      this.#hasData = true;
    } else if (name === "event") {
      this.#type = value;
    } else if (name === "id") {
      if (StringPrototypeIndexOf(value, "\0") < 0) this.#id = value;
    } else if (name === "retry" && RegExpPrototypeTest(digits, value)) {
      this.#handler.retry(+value);
    }
  }

  #dispatch(): void {
    const type = this.#type === "" ? "message" : this.#type;
    const data = this.#data;
    const hasData = this.#hasData;
    this.#type = "";
    this.#data = "";
    this.#hasData = false;
    this.#handler.event(hasData ? type : "", data, this.#id);
  }
}

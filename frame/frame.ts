// The twin of frame.go, where the layout and the kinds are described. The buffers
// are module state because an isolate has one inbox and one outbox; readers take
// values at `at`, writers append behind what the turn has written.
import { StringPrototypeIndexOf, StringPrototypeSlice, TypedArrayPrototypeSet, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray } from "../jsapi/core/primordials.ts";

const { latin1Decode, latin1EncodeInto, utf8Decode, utf8EncodeInto, growOutbox } = __host;

export const enum Kind {
  Load = 1,
  Request = 2,
  Result = 3,
  Failure = 4,
  Abort = 5,
  Wake = 6,
  Delivered = 7,
  Event = 8,
  Chunk = 16,
  End = 17,
  Break = 18,
  Pull = 19,
  Cancel = 20,
  Loaded = 32,
  LoadFailed = 33,
  Response = 34,
  Threw = 35,
  Finished = 36,
  Op = 37,
  Abandon = 38,
  Timer = 39,
  Console = 40,
  Uncaught = 41,
}

export const NoTimer = 0xffffffff;

/** What a Response frame says of its request. */
export const enum RequestState {
  GoesOn = 0,
  Finished = 1,
  AwaitsDelivery = 2,
}

export const enum BodyKind {
  None = 0,
  Inline = 1,
  Isolate = 2,
  Host = 3,
  Encoded = 0x100,
}

const headerSize = 12;

// The words that native code and this module share: see Control in v8/internal.h.
const enum ControlWord {
  InLength = 0,
  OutLength = 1,
  Settle = 4,
}

let control = new Uint32Array(6);
let clock = new Float64Array(3);
let inBytes = new Uint8Array(0);
let inWords = new Uint32Array(0);
let outBytes = new Uint8Array(0);
let outWords = new Uint32Array(0);
let outAt = 0;
let frameAt = 0;

/** Takes the buffers that native code made for this isolate. */
export function attach(controlBuffer: ArrayBuffer, inbox: ArrayBuffer, outbox: ArrayBuffer): void {
  control = new Uint32Array(controlBuffer);
  clock = new Float64Array(controlBuffer);
  setInbox(inbox);
  setOutbox(outbox);
}

/** Takes another inbox. */
export function setInbox(inbox: ArrayBuffer): void {
  inBytes = new Uint8Array(inbox);
  inWords = new Uint32Array(inbox, 0, inBytes.length >>> 2);
}

/** Takes another outbox, in which is what was in the one before. */
export function setOutbox(outbox: ArrayBuffer): void {
  outBytes = new Uint8Array(outbox);
  outWords = new Uint32Array(outbox, 0, outBytes.length >>> 2);
}

/** The time of this turn, in milliseconds since the epoch. */
export function turnTime(): number {
  return clock[1]!;
}

/** Asks native code to call the runtime's settle function once the microtasks have run. */
export function requestSettle(): void {
  control[ControlWord.Settle] = 1;
}

// ── reading ──

/** Where the reader stands in the inbox, in bytes. */
let at = 0;
let frameEnd = 0;

/** Calls handle for each frame of the turn. */
export function eachFrame(handle: (kind: number, id: number) => void): void {
  outAt = control[ControlWord.OutLength]!;
  const end = control[ControlWord.InLength]!;
  for (let start = 0; start < end; start = frameEnd) {
    const word = start >>> 2;
    frameEnd = start + inWords[word]!;
    at = start + headerSize;
    const next = frameEnd;
    handle(inWords[word + 1]!, inWords[word + 2]!);
    frameEnd = next;
  }
}

export function readWord(): number {
  const value = inWords[at >>> 2]!;
  at += 4;
  return value;
}

function skipPadded(length: number): void {
  at += (length + 3) & ~3;
}

export function readText(): string {
  const length = readWord();
  const text = utf8Decode(inBytes, at, at + length);
  skipPadded(length);
  return text;
}

/** The items of a list in one string, each ended by NUL: see nextItem. */
export function readList(): string {
  const length = readWord();
  const text = latin1Decode(inBytes, at, at + length);
  skipPadded(length);
  return text;
}

/** A copy of a byte string. */
export function readBytes(): Uint8Array<ArrayBuffer> {
  const length = readWord();
  const bytes = TypedArrayPrototypeSlice(inBytes, at, at + length);
  skipPadded(length);
  return bytes;
}

/** The end of the list item that begins at start. */
export function itemEnd(list: string, start: number): number {
  return StringPrototypeIndexOf(list, "\0", start);
}

/** The list item [start, end). */
export function item(list: string, start: number, end: number): string {
  return StringPrototypeSlice(list, start, end);
}

// ── writing ──

function reserve(bytes: number): void {
  if (outAt + bytes <= outBytes.length) return;
  const filled = TypedArrayPrototypeSubarray(outBytes, 0, outAt);
  setOutbox(growOutbox((outAt + bytes) * 2 + headerSize));
  TypedArrayPrototypeSet(outBytes, filled, 0);
}

export function begin(kind: Kind, id: number): void {
  reserve(headerSize);
  frameAt = outAt;
  outWords[(outAt >>> 2) + 1] = kind;
  outWords[(outAt >>> 2) + 2] = id;
  outAt += headerSize;
}

export function end(): void {
  outWords[frameAt >>> 2] = outAt - frameAt;
  control[ControlWord.OutLength] = outAt;
}

/** A frame without a payload. */
export function writeEmpty(kind: Kind, id: number): void {
  begin(kind, id);
  end();
}

export function writeWord(value: number): void {
  reserve(4);
  outWords[outAt >>> 2] = value;
  outAt += 4;
}

// Puts the length of a byte string that was written behind its word.
function closeBytes(length: number): void {
  outWords[outAt >>> 2] = length;
  outAt += 4;
  const padded = (length + 3) & ~3;
  for (let i = length; i < padded; i++) outBytes[outAt + i] = 0;
  outAt += padded;
}

export function writeText(text: string): void {
  reserve(8 + text.length);
  let length = utf8EncodeInto(text, outBytes, outAt + 4);
  if (length < 0 || length > outBytes.length - outAt - 8) {
    reserve(8 + text.length * 3);
    length = utf8EncodeInto(text, outBytes, outAt + 4);
  }
  closeBytes(length);
}

/** Writes a list whose items are already joined, each ended by NUL, and hold no unit above 0xFF. */
export function writeList(items: string): void {
  reserve(8 + items.length);
  closeBytes(latin1EncodeInto(items, outBytes, outAt + 4));
}

export function writeBytes(bytes: Uint8Array): void {
  reserve(8 + bytes.length);
  TypedArrayPrototypeSet(outBytes, bytes, outAt + 4);
  closeBytes(bytes.length);
}

/** Appends bytes that are already in the form of a payload, padding them. */
export function writeRaw(bytes: Uint8Array): void {
  reserve(bytes.length + 4);
  TypedArrayPrototypeSet(outBytes, bytes, outAt);
  const padded = (bytes.length + 3) & ~3;
  for (let i = bytes.length; i < padded; i++) outBytes[outAt + i] = 0;
  outAt += padded;
}

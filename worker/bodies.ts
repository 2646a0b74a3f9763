// Bodies that cross between host and isolate, chunk by chunk, each side telling
// the other how much it will take.
import { Kind, begin, end, readBytes, readText, readWord, writeBytes, writeEmpty, writeRaw, writeWord } from "../frame/frame.ts";
import { PromisePrototypeThen, SafeMap, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeSubarray } from "../jsapi/core/primordials.ts";
import { type Continuation, currentContext, currentContinuation, runIn, type RequestContext } from "./context.ts";
import { describe, faultOf, makeError } from "./errors.ts";

/** Takes what one read of a source gives: exactly one of the three, once. The bytes are its own from then on. */
export interface ByteSink {
  chunk(bytes: Uint8Array): void;
  end(): void;
  error(reason: unknown): void;
}

/** Where bytes come from, one read at a time. */
export interface ByteSource {
  read(sink: ByteSink): void;
  /** Nobody reads on. A promise that it returns never rejects, and settles when all has been done about it. */
  cancel(reason: unknown): Promise<unknown> | void;
}

// ── bodies that the host produces ──

const enum State {
  Open,
  Ended,
  Failed,
  Cancelled,
  Taken,
}

const hostBodies = new SafeMap<number, HostBody>();

/** How many bytes one read asks the host for. */
const readSize = 64 << 10;

/** A body whose bytes the host holds. It belongs to the request in which it was opened and fails when that is over. */
export class HostBody implements ByteSource {
  readonly id: number;
  /** Called once when nothing is left that could be aborted: it has ended, has failed, was cancelled or given back. It is not when its request is over before that. */
  onEnd: (() => void) | null = null;
  #context: RequestContext | undefined;
  readonly #within = currentContinuation();
  #state = State.Open;
  #reason: unknown;
  #sink: ByteSink | null = null;

  constructor(id: number) {
    this.id = id;
    this.#context = currentContext();
  }

  read(sink: ByteSink): void {
    if (this.#state === State.Open && this.#context !== undefined && this.#context.over) {
      this.#fail(new TypeError("This body belongs to a request that is over; read it before its response ends, or within waitUntil"));
    }
    switch (this.#state) {
      case State.Failed:
        sink.error(this.#reason);
        return;
      case State.Open:
        this.#sink = sink;
        hostBodies.set(this.id, this);
        begin(Kind.Pull, this.id);
        writeWord(readSize);
        end();
        return;
      default:
        sink.end();
    }
  }

  cancel(): void {
    if (this.#state !== State.Open) return;
    this.#leave(State.Cancelled);
    hostBodies.delete(this.id);
    if (this.#context === undefined || !this.#context.over) writeEmpty(Kind.Cancel, this.id);
  }

  /** Ends the body with an error, for its reader and for the host. */
  abort(reason: unknown): void {
    if (this.#state !== State.Open) return;
    const sink = this.#sink;
    this.#sink = null;
    this.cancel();
    this.#fail(reason);
    if (sink !== null) sink.error(reason);
  }

  /** Gives the body back to the host, to be passed on without entering JavaScript. Returns its number. */
  take(): number {
    this.#leave(State.Taken);
    return this.id;
  }

  handle(kind: number): void {
    const sink = this.#sink;
    this.#sink = null;
    hostBodies.delete(this.id);
    if (sink === null || (this.#context !== undefined && this.#context.over)) return;
    runIn(this.#within, () => this.#deliver(kind, sink));
  }

  #deliver(kind: number, sink: ByteSink): void {
    if (kind === Kind.Chunk) {
      sink.chunk(readBytes());
    } else if (kind === Kind.End) {
      this.#leave(State.Ended);
      sink.end();
    } else {
      this.#fail(makeError(readText(), readText(), readWord()));
      sink.error(this.#reason);
    }
  }

  #fail(reason: unknown): void {
    this.#reason = reason;
    this.#leave(State.Failed);
  }

  #leave(state: State): void {
    this.#state = state;
    const onEnd = this.onEnd;
    this.onEnd = null;
    if (onEnd !== null) onEnd();
  }
}

/** A Chunk, End or Break frame of a host body. */
export function handleHostBody(kind: number, id: number): void {
  const body = hostBodies.get(id);
  if (body !== undefined) body.handle(kind);
}

// ── bodies that the isolate produces ──

/** What the host takes of a response's body before it has said anything. Of a body in an op it takes nothing, for an op may be turned down. */
export const responseCredit = 64 << 10;
/** The largest chunk in one frame. */
const largestChunk = 64 << 10;

const sending = new SafeMap<number, Outgoing>();
let lastOutgoing = 0;

class Outgoing implements ByteSink {
  readonly id: number;
  readonly #within: Continuation = currentContinuation();
  #source: ByteSource;
  #credit: number;
  #reading = false;
  #pumping = false;
  #rest: Uint8Array | null = null;
  #done: () => void;
  readonly #owner = currentContext();
  readonly #forget = (): boolean => sending.delete(this.id);

  constructor(id: number, source: ByteSource, credit: number, done: () => void) {
    this.id = id;
    this.#source = source;
    this.#credit = credit;
    this.#done = done;
    if (this.#owner?.over) return; // nobody will ask for it
    sending.set(id, this);
    this.#owner?.onOver.add(this.#forget); // its source may never end
  }

  /** Nothing more is sent. Returns whether something would have been. */
  #finish(): boolean {
    this.#owner?.onOver.delete(this.#forget);
    return this.#forget();
  }

  pull(bytes: number): void {
    this.#credit += bytes;
    runIn(this.#within, () => this.pump());
  }

  // A source may answer a read at once, from inside pump, which then goes round
  // again instead of recursing.
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#credit > 0 && !this.#reading && sending.has(this.id)) {
      if (this.#rest !== null) {
        this.#sendSome(this.#rest);
        continue;
      }
      this.#reading = true;
      this.#source.read(this);
    }
    this.#pumping = false;
  }

  #sendSome(bytes: Uint8Array): void {
    const length = TypedArrayPrototypeGetByteLength(bytes);
    const some = length <= largestChunk ? bytes : TypedArrayPrototypeSubarray(bytes, 0, largestChunk);
    this.#rest = length <= largestChunk ? null : TypedArrayPrototypeSubarray(bytes, largestChunk);
    if (length === 0) return;
    begin(Kind.Chunk, this.id);
    writeBytes(some);
    end();
    this.#credit -= TypedArrayPrototypeGetByteLength(some);
  }

  chunk(bytes: Uint8Array): void {
    this.#reading = false;
    if (!sending.has(this.id)) return;
    this.#sendSome(bytes);
    this.pump();
  }

  end(): void {
    if (!this.#finish()) return;
    writeEmpty(Kind.End, this.id);
    this.#done();
  }

  error(reason: unknown): void {
    if (!this.#finish()) return;
    begin(Kind.Break, this.id);
    writeWord(faultOf(reason));
    writeRaw(describe(reason));
    end();
    this.#done();
  }

  cancel(reason: unknown): void {
    if (!this.#finish()) return;
    this.#rest = null;
    runIn(this.#within, () => {
      const cancelled = this.#source.cancel(reason);
      // Code that hears of it only now may still want the request to go on.
      if (cancelled === undefined) this.#done();
      else PromisePrototypeThen(cancelled, this.#done);
    });
  }
}

/** Sends what source gives to the host, as fast as the host takes it; credit is what it takes at first. done is called at its end, however it ends. Returns the stream's number. */
export function sendBody(source: ByteSource, credit: number, done: () => void): number {
  return new Outgoing(++lastOutgoing, source, credit, done).id;
}

/** Starts sending; called once the frame that names the stream has been written. */
export function startBody(id: number): void {
  const body = sending.get(id);
  if (body !== undefined) body.pump();
}

export function handlePull(id: number): void {
  const bytes = readWord();
  const body = sending.get(id);
  if (body !== undefined) body.pull(bytes);
}

export function handleCancel(id: number): void {
  cancelBody(id, new TypeError("The body is not read any more: who asked for it went away, or has failed, or has enough of it"));
}

/** Ends a body that is being sent, if it is, and has its source know why. The host knows that nobody reads on, or gets to know by an op that is abandoned. */
export function cancelBody(id: number, reason: unknown): void {
  const body = sending.get(id);
  if (body !== undefined) body.cancel(reason);
}

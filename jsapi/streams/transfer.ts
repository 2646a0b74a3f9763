// Transferable streams (Streams §4.2.5, §5.2.5, §6.2.3 and §8.2). The original is piped into a carrier, on whose other end
// the stream is made anew: what goes over is cloned, and chunk by chunk, as the other side asks for them.

import { type Deferred, newDeferred, PromisePrototypeThen, PromiseReject } from "../core/primordials.ts";
import { isObject } from "../core/webidl.ts";
import { internal } from "./internal.ts";
import { pipeReadableTo } from "./pipe.ts";
import { markHandledPromise } from "./promises.ts";
import type { Source } from "./readable-controller.ts";
import { Readable } from "./readable-core.ts";
import { DefaultController } from "./readable-default.ts";
import { ReadableStream, readableOf } from "./readable.ts";
import { transformOf, TransformStream } from "./transform.ts";
import { type Sink, WritableController } from "./writable-controller.ts";
import { Writable } from "./writable-core.ts";
import { WritableStream, writableOf } from "./writable.ts";

/** One end of what carries messages to another end, in their order. */
export interface Carrier {
  /** Takes what the other end sends. It is set before anything can arrive. */
  receive: (type: CarrierMessage, value: unknown) => void;
  /** Sends a clone of the value; throws the exception for one that cannot be cloned. */
  send(type: CarrierMessage, value: unknown): void;
  /** Ends it for both: what has been sent still arrives, and nothing else. */
  close(): void;
}

export type CarrierMessage = "chunk" | "close" | "error" | "pull";

/** What makes the two ends of a carrier. */
export type Connect = () => [Carrier, Carrier];

/** The two sides of a stream, of which a TransformStream has both. */
interface Sides {
  readable?: Readable | undefined;
  writable?: Writable | undefined;
}

function sidesOf(stream: unknown): Sides {
  return transformOf(stream) ?? { readable: readableOf(stream), writable: writableOf(stream) };
}

/** Whether a value is a stream of one of the three kinds that can be transferred. */
export function isTransferableStream(value: unknown): value is object {
  if (!isObject(value)) return false;
  const { readable, writable } = sidesOf(value);
  return readable !== undefined || writable !== undefined;
}

/** Whether one side of a stream is locked, so that it cannot be transferred. */
export function isLockedForTransfer(stream: object): boolean {
  const { readable, writable } = sidesOf(stream);
  return readable?.reader !== undefined || writable?.writer !== undefined;
}

/** The object that will stand for a stream where it is transferred to. It is a stream after transferStream alone. */
export function newStreamReceiver(stream: object): object {
  if (transformOf(stream) !== undefined) return new TransformStream(internal, { readable: new Readable(), writable: new Writable() });
  if (readableOf(stream) !== undefined) return new ReadableStream(internal, new Readable());
  return new WritableStream(internal, new Writable());
}

/** The transfer steps and the transfer-receiving steps of a stream that is not locked. */
export function transferStream(stream: object, receiver: object, connect: Connect): void {
  const from = sidesOf(stream);
  const to = sidesOf(receiver);
  if (from.readable !== undefined) transferReadable(from.readable, to.readable!, connect);
  if (from.writable !== undefined) transferWritable(from.writable, to.writable!, connect);
}

function transferReadable(from: Readable, to: Readable, connect: Connect): void {
  const [here, there] = connect();
  const entrance = new Writable();
  setUpWritable(entrance, here);
  setUpReadable(to, there);
  markHandledPromise(pipeReadableTo(from, entrance, {}));
}

function transferWritable(from: Writable, to: Writable, connect: Connect): void {
  const [here, there] = connect();
  const exit = new Readable();
  setUpReadable(exit, here);
  setUpWritable(to, there);
  markHandledPromise(pipeReadableTo(exit, from, {}));
}

/** Sends, and tells the other end of an exception, which is returned in an object. */
function trySend(carrier: Carrier, type: CarrierMessage, value: unknown): { failure: unknown } | undefined {
  try {
    carrier.send(type, value);
    return undefined;
  } catch (failure) {
    try {
      carrier.send("error", failure);
    } catch {
      // What cannot be cloned is not told.
    }
    return { failure };
  }
}

/** Sends the last message. What comes of it is the result of a source's or sink's algorithm. */
function sendLast(carrier: Carrier, type: CarrierMessage, value: unknown): Promise<never> | undefined {
  const failed = trySend(carrier, type, value);
  carrier.close();
  return failed === undefined ? undefined : PromiseReject(failed.failure);
}

/** SetUpCrossRealmTransformReadable */
function setUpReadable(stream: Readable, carrier: Carrier): void {
  const source: Source = {
    __proto__: null,
    pull: () => carrier.send("pull", undefined),
    cancel: (reason: unknown) => sendLast(carrier, "error", reason),
  } as Source;
  const controller = new DefaultController(stream, source, 0, undefined, true);
  carrier.receive = (type, value) => {
    if (type === "chunk") {
      controller.enqueue(value);
      return;
    }
    if (type === "close") controller.close();
    else controller.error(value);
    carrier.close();
  };
  controller.start();
}

/** SetUpCrossRealmTransformWritable */
function setUpWritable(stream: Writable, carrier: Carrier): void {
  /** Settled when the other end wants a chunk; undefined when it does already. */
  let wanted: Deferred<undefined> | undefined = newDeferred<undefined>();
  const want = (): void => {
    wanted?.resolve(undefined);
    wanted = undefined;
  };
  const write = (chunk: unknown): void => {
    wanted = newDeferred<undefined>();
    const failed = trySend(carrier, "chunk", chunk);
    if (failed === undefined) return;
    carrier.close();
    throw failed.failure;
  };
  const sink: Sink = {
    __proto__: null,
    write: (chunk: unknown) => (wanted === undefined ? write(chunk) : PromisePrototypeThen(wanted.promise, () => write(chunk))),
    close: () => sendLast(carrier, "close", undefined),
    abort: (reason: unknown) => sendLast(carrier, "error", reason),
  } as Sink;
  const controller = new WritableController(stream, sink, 1, undefined);
  carrier.receive = (type, value) => {
    if (type === "error") controller.errorIfNeeded(value);
    want();
  };
  controller.start();
}

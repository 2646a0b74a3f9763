// ReadableStream.from: a stream of what an iterable gives (Streams §4.9.1,
// ReadableStreamFromIterable; ECMAScript GetIterator and %AsyncFromSyncIteratorPrototype%).

import {
  PromisePrototypeThen,
  PromiseResolve,
  ReflectApply,
  SymbolAsyncIterator,
  TypeError,
} from "../core/primordials.ts";
import { getIteratorMethod, isObject } from "../core/webidl.ts";
import { toPromise } from "./promises.ts";
import type { Source } from "./readable-controller.ts";
import { Readable } from "./readable-core.ts";
import { DefaultController } from "./readable-default.ts";

type Method = (...args: unknown[]) => unknown;

/** Iterator Record */
interface Iteration {
  iterator: object;
  next: unknown;
}

/** A stream with a high water mark of 0. Throws what the iterable throws. */
export function readableFromIterable(iterable: unknown): Readable {
  const source = asyncSource(iterable);
  const stream = new Readable();
  new DefaultController(stream, source, 0, undefined, false).start();
  return stream;
}

function asyncSource(iterable: unknown): Source<DefaultController> {
  const object = iterable as any;
  const method = object[SymbolAsyncIterator];
  if (method !== undefined && method !== null) {
    if (typeof method !== "function") throw new TypeError("ReadableStream.from: Symbol.asyncIterator is not a function");
    return new AsyncIteratorSource(iterationOf(object, method));
  }
  const syncMethod = getIteratorMethod(object);
  if (syncMethod === undefined) throw new TypeError("ReadableStream.from: the argument is not iterable");
  return new SyncIteratorSource(iterationOf(object, syncMethod));
}

/** GetIteratorFromMethod */
function iterationOf(iterable: unknown, method: Method): Iteration {
  const iterator = ReflectApply(method, iterable, []);
  if (!isObject(iterator)) throw new TypeError("ReadableStream.from: the iterator is not an object");
  return { iterator, next: (iterator as any).next };
}

/** IteratorNext and the check of its result are apart, because a promise comes between them. */
function callNext(iteration: Iteration): unknown {
  const { iterator, next } = iteration;
  if (typeof next !== "function") throw new TypeError("ReadableStream.from: the iterator's 'next' is not a function");
  return ReflectApply(next as Method, iterator, []);
}

function checkResult(result: unknown, method: string): { value: unknown; done: unknown } {
  if (!isObject(result)) throw new TypeError(`ReadableStream.from: the iterator's '${method}' did not give an object`);
  return result as { value: unknown; done: unknown };
}

/** GetMethod(iterator, "return"), called; NONE when there is no such method. */
function callReturn(iterator: object, reason: unknown): unknown {
  const method = (iterator as any).return;
  if (method === undefined || method === null) return NONE;
  if (typeof method !== "function") throw new TypeError("ReadableStream.from: the iterator's 'return' is not a function");
  return ReflectApply(method, iterator, [reason]);
}

const NONE = {};

class AsyncIteratorSource implements Source<DefaultController> {
  readonly start = undefined;

  constructor(private readonly iteration: Iteration) {}

  pull(controller: DefaultController): Promise<void> {
    return PromisePrototypeThen(toPromise(callNext(this.iteration)), (given) => {
      const result = checkResult(given, "next");
      if (result.done) controller.close();
      else controller.enqueue(result.value);
    });
  }

  cancel(reason: unknown): unknown {
    const returned = callReturn(this.iteration.iterator, reason);
    if (returned === NONE) return undefined;
    return PromisePrototypeThen(toPromise(returned), (result) => {
      checkResult(result, "return");
    });
  }
}

/** An iterator whose values may be promises: %AsyncFromSyncIterator% */
class SyncIteratorSource implements Source<DefaultController> {
  readonly start = undefined;

  constructor(private readonly iteration: Iteration) {}

  pull(controller: DefaultController): Promise<void> | undefined {
    const result = checkResult(callNext(this.iteration), "next");
    const done = !!result.done;
    const value = result.value;
    if (!isObject(value)) {
      this.deliver(controller, value, done);
      return undefined;
    }
    return PromisePrototypeThen(
      this.toPromise(value, done),
      (settled) => this.deliver(controller, settled, done),
      (reason) => {
        if (!done) this.closeIterator();
        throw reason;
      },
    );
  }

  private toPromise(value: object, done: boolean): Promise<unknown> {
    try {
      return PromiseResolve(value);
    } catch (error) {
      if (!done) this.closeIterator();
      throw error;
    }
  }

  private deliver(controller: DefaultController, value: unknown, done: boolean): void {
    if (done) controller.close();
    else controller.enqueue(value);
  }

  /** IteratorClose after a throw, which matters more than what "return" throws. */
  private closeIterator(): void {
    try {
      callReturn(this.iteration.iterator, undefined);
    } catch {
      return;
    }
  }

  cancel(reason: unknown): unknown {
    const returned = callReturn(this.iteration.iterator, reason);
    if (returned === NONE) return undefined;
    const result = checkResult(returned, "return");
    return PromisePrototypeThen(toPromise(result.value), () => {});
  }
}

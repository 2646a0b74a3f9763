// node:events: the package events, with what came to Node after it.
import EventEmitter from "events/";
import { inspect } from "hedge:runtime";
import { aborted } from "../aborted.ts";

type Emitter = {
  on(name: PropertyKey, fn: (...args: unknown[]) => void): unknown;
  off(name: PropertyKey, fn: (...args: unknown[]) => void): unknown;
};
type Options = { signal?: AbortSignal; close?: string[] };

const errorMonitor = Symbol("events.errorMonitor");
const captureRejectionSymbol = Symbol.for("nodejs.rejection");

const emit = EventEmitter.prototype.emit;
EventEmitter.prototype.emit = function (name: PropertyKey, ...args: unknown[]): boolean {
  if (name === "error") {
    if (this._events?.[errorMonitor] !== undefined) emit.call(this, errorMonitor, ...args);
    if (this._events?.error === undefined && !(args[0] instanceof Error)) {
      throw Object.assign(new Error(`Unhandled error. (${inspect(args[0])})`), { code: "ERR_UNHANDLED_ERROR", context: args[0] });
    }
  }
  return emit.call(this, name, ...args);
};

const listenerCount = EventEmitter.prototype.listenerCount;
EventEmitter.prototype.listenerCount = function (name: PropertyKey, fn?: unknown): number {
  return fn === undefined ? listenerCount.call(this, name) : this.listeners(name).filter((one: unknown) => one === fn).length;
};

function isTarget(emitter: unknown): emitter is EventTarget {
  return emitter instanceof EventTarget;
}

function listen(emitter: Emitter | EventTarget, name: string, fn: (...args: unknown[]) => void): () => void {
  if (isTarget(emitter)) {
    emitter.addEventListener(name, fn);
    return () => emitter.removeEventListener(name, fn);
  }
  emitter.on(name, fn);
  return () => void emitter.off(name, fn);
}

/** A promise of the arguments of the next event. */
function once(emitter: Emitter | EventTarget, name: string, options: Options = {}): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const stops: (() => void)[] = [];
    const settle = (done: () => void): void => {
      for (const stop of stops) stop();
      done();
    };
    const { signal } = options;
    if (signal?.aborted) return reject(aborted(signal));
    stops.push(listen(emitter, name, (...args) => settle(() => resolve(args))));
    if (name !== "error" && !isTarget(emitter)) stops.push(listen(emitter, "error", (error) => settle(() => reject(error))));
    if (signal !== undefined) stops.push(listen(signal, "abort", () => settle(() => reject(aborted(signal)))));
  });
}

/** The events as they come, for `for await`. */
function on(emitter: Emitter | EventTarget, name: string, options: Options = {}): AsyncIterableIterator<unknown[]> {
  const waiting: { resolve: (result: IteratorResult<unknown[]>) => void; reject: (reason: unknown) => void }[] = [];
  const queue: unknown[][] = [];
  const stops: (() => void)[] = [];
  let over = false;
  let failure: { reason: unknown } | undefined;
  const finish = (): void => {
    over = true;
    for (const stop of stops) stop();
    for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true });
  };
  const fail = (reason: unknown): void => {
    const first = waiting.shift();
    if (first !== undefined) first.reject(reason);
    else failure = { reason };
    finish();
  };
  stops.push(
    listen(emitter, name, (...args) => {
      const first = waiting.shift();
      if (first !== undefined) first.resolve({ value: args, done: false });
      else queue.push(args);
    }),
  );
  if (name !== "error" && !isTarget(emitter)) stops.push(listen(emitter, "error", fail));
  for (const close of options.close ?? []) stops.push(listen(emitter, close, finish));
  const { signal } = options;
  if (signal?.aborted) fail(aborted(signal));
  else if (signal !== undefined) stops.push(listen(signal, "abort", () => fail(aborted(signal))));
  return {
    next() {
      const args = queue.shift();
      if (args !== undefined) return Promise.resolve({ value: args, done: false });
      if (failure !== undefined) {
        const { reason } = failure;
        failure = undefined;
        return Promise.reject(reason);
      }
      if (over) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return() {
      finish();
      return Promise.resolve({ value: undefined, done: true });
    },
    throw(reason: unknown) {
      fail(reason);
      return Promise.resolve({ value: undefined, done: true });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function addAbortListener(signal: AbortSignal, listener: (event: Event) => void): Disposable {
  if (signal.aborted) queueMicrotask(() => listener(new Event("abort")));
  else signal.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", listener) };
}

export default Object.assign(EventEmitter, {
  EventEmitter,
  errorMonitor,
  captureRejectionSymbol,
  captureRejections: false,
  once,
  on,
  addAbortListener,
  listenerCount: (emitter: typeof EventEmitter, name: PropertyKey) => emitter.listenerCount(name),
  getEventListeners: (emitter: typeof EventEmitter, name: PropertyKey) => emitter.listeners?.(name) ?? [],
  getMaxListeners: (emitter: typeof EventEmitter) => emitter.getMaxListeners?.() ?? EventEmitter.defaultMaxListeners,
  setMaxListeners: (most: number, ...emitters: (typeof EventEmitter)[]) => {
    for (const emitter of emitters) emitter.setMaxListeners?.(most);
  },
  // What readable-stream takes from a package of its own where there are none.
  AbortController,
  AbortSignal,
});

// Promises, made only where somebody can see them.

import { newDeferred, Promise, PromisePrototypeThen, PromiseReject, PromiseResolve } from "../core/primordials.ts";
import { isObject } from "../core/webidl.ts";

const { kindOf, markHandled } = __host;

const resolved = PromiseResolve(undefined);

/** Runs fn as a microtask, which is when a reaction to a settled promise would run. fn must not throw. */
export function microtask(fn: () => void): void {
  PromisePrototypeThen(resolved, fn);
}

/**
 * What an algorithm returns which neither is done nor has a promise: its owner
 * calls the matching finish function later (finishPull, finishWrite, …).
 */
export const PENDING: unique symbol = Symbol("pending");

/**
 * Reacts to the result of an algorithm as if it had been made a promise: after
 * one microtask for a plain value, when a promise or thenable settles otherwise.
 */
export function upon(result: unknown, onFulfilled: () => void, onRejected: (reason: unknown) => void): void {
  if (!isObject(result)) {
    PromisePrototypeThen(resolved, onFulfilled);
    return;
  }
  PromisePrototypeThen(toPromise(result), onFulfilled, onRejected);
}

/**
 * "A promise resolved with" a value (Web IDL): takes over the state of a promise
 * after two more microtasks, also of a native one. It is for what runs once in
 * the life of a stream, where tests and apps can tell; the algorithms that run
 * for every chunk use a native promise as it is. A plain value stays what it is.
 */
export function resolvedWith(value: unknown): unknown {
  return isObject(value) ? new Promise((resolve, reject) => resolveWith({ resolve, reject }, value)) : value;
}

/**
 * Resolves with a value. A native promise is followed as ECMAScript's
 * NewPromiseResolveThenableJob does it, in as many microtasks, but without asking
 * it for a `then`, which an app may have replaced.
 */
export function resolveWith(resolving: { resolve(value: unknown): void; reject(reason: unknown): void }, value: unknown): void {
  if (!isObject(value) || kindOf(value) !== "Promise") {
    resolving.resolve(value);
    return;
  }
  microtask(() => void PromisePrototypeThen(value as Promise<unknown>, resolving.resolve, resolving.reject));
}

/** A promise of what steps promises, which is called once a promise has settled, either way. */
export function after<T>(promise: Promise<unknown>, steps: () => Promise<T>): Promise<T> {
  const { promise: result, resolve, reject } = newDeferred<T>();
  const go = (): void => resolveWith({ resolve: resolve as (value: unknown) => void, reject }, steps());
  PromisePrototypeThen(promise, go, go);
  return result;
}

/** The promise that a value returned by an app stands for. It never throws. */
export function toPromise(value: unknown): Promise<unknown> {
  if (!isObject(value)) return resolved;
  try {
    return PromiseResolve(value);
  } catch (error) {
    return PromiseReject(error);
  }
}

/** Takes a promise whose rejection nobody needs to look at. */
export function markHandledPromise(promise: Promise<unknown>): void {
  markHandled(promise);
}

/** A promise that has been fulfilled with undefined. */
export function resolvedPromise(): Promise<undefined> {
  return PromiseResolve(undefined);
}

/** A rejected promise which never counts as unhandled. */
export function handledRejection(reason: unknown): Promise<never> {
  const { promise, reject } = newDeferred<never>();
  // The mark comes first, because a rejection is reported at the moment when it happens.
  markHandled(promise);
  reject(reason);
  return promise;
}

/**
 * A promise of undefined, such as [[closedPromise]] and [[readyPromise]], that is
 * made when it is first asked for; until then its state is all that is kept.
 * Its rejection never counts as unhandled.
 */
export class LazyPromise {
  private state: "pending" | "fulfilled" | "rejected" = "pending";
  private reason: unknown = undefined;
  private promise: Promise<undefined> | undefined = undefined;
  private settle: ((value: undefined) => void) | undefined = undefined;
  private fail: ((reason: unknown) => void) | undefined = undefined;

  get(): Promise<undefined> {
    return (this.promise ??= this.make());
  }

  isPending(): boolean {
    return this.state === "pending";
  }

  /** Fulfils the promise. It must be pending. */
  resolve(): void {
    this.state = "fulfilled";
    this.settle?.(undefined);
  }

  /** Rejects the promise, or stands in for it with a rejected one when it is already settled. */
  reject(reason: unknown): void {
    if (this.state !== "pending") this.reset();
    this.state = "rejected";
    this.reason = reason;
    if (this.promise === undefined) return;
    markHandled(this.promise);
    this.fail!(reason);
  }

  /** Puts a new, pending promise in the place of a settled one. */
  reset(): void {
    this.state = "pending";
    this.reason = undefined;
    this.promise = undefined;
    this.settle = undefined;
    this.fail = undefined;
  }

  private make(): Promise<undefined> {
    if (this.state === "fulfilled") return resolvedPromise();
    if (this.state === "rejected") return handledRejection(this.reason);
    return new Promise<undefined>((resolve, reject) => {
      this.settle = resolve;
      this.fail = reject;
    });
  }
}

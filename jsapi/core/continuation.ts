// What follows the code that something sets off, through promises and timers: V8's
// continuation data. It is the context of a request, or a Scope within it.
import { ReflectApply } from "./primordials.ts";

const { getContext, setContext } = __host;

/** A part of what a request does that others may wait for, by the name that the host has for it. */
export interface Span {
  readonly name: string;
  readonly outer: Span | undefined;
}

/** Values by key, one after the other. Never changed: who sets one makes another list. */
export type Locals = readonly unknown[];

/** More than a request's context: spans, and the values of AsyncLocalStorage. */
export class Scope {
  readonly context: object | undefined;
  readonly span: Span | undefined;
  readonly locals: Locals | undefined;

  constructor(context: object | undefined, span: Span | undefined, locals: Locals | undefined) {
    this.context = context;
    this.span = span;
    this.locals = locals;
  }
}

/** The span of the running code. */
export function currentSpan(): Span | undefined {
  const within = getContext();
  return within instanceof Scope ? within.span : undefined;
}

/** The context of the running code's request, as it was given to setContext. */
export function currentContextObject(): object | undefined {
  const within = getContext();
  return within instanceof Scope ? within.context : (within as object | undefined);
}

/** Where code runs in a new span. */
export function newSpan(name: string): Scope {
  return new Scope(currentContextObject(), { name, outer: currentSpan() }, currentLocals());
}

/** The values that go with the running code; undefined where nobody has set any. */
export function currentLocals(): Locals | undefined {
  const within = getContext();
  return within instanceof Scope ? within.locals : undefined;
}

/** The value of a key in the running code, or otherwise. */
export function local(key: object, otherwise: unknown): unknown {
  const locals = currentLocals();
  if (locals === undefined) return otherwise;
  for (let i = 0; i < locals.length; i += 2) if (locals[i] === key) return locals[i + 1];
  return otherwise;
}

/** The current values, with another one for key. */
export function localsWith(key: object, value: unknown): Locals {
  const before = currentLocals() ?? [];
  const after: unknown[] = [key, value];
  for (let i = 0; i < before.length; i += 2) {
    if (before[i] === key) continue;
    after[after.length] = before[i];
    after[after.length] = before[i + 1];
  }
  return after;
}

/** Makes these the values of the running code, and of what it sets off. */
export function enterLocals(locals: Locals | undefined): void {
  const span = currentSpan();
  const context = currentContextObject();
  setContext(locals === undefined && span === undefined ? context : new Scope(context, span, locals));
}

/** Runs fn with these values, within the request and the span that there are. */
export function runWithLocals<T>(locals: Locals | undefined, fn: () => T): T {
  const before = getContext();
  enterLocals(locals);
  try {
    return fn();
  } finally {
    setContext(before);
  }
}

/** fn as it is, or so that it runs with the values of now, if there are any. */
export function keepingLocals<F extends (...args: any[]) => unknown>(fn: F): F {
  const locals = currentLocals();
  if (locals === undefined) return fn;
  return function (this: unknown, ...args: unknown[]): unknown {
    return runWithLocals(locals, () => ReflectApply(fn, this, args));
  } as F;
}

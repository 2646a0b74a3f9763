// node:assert.
import { inspect } from "hedge:runtime";
import { deepEqual } from "../equal.ts";

type Message = string | Error | undefined;
type Expected = RegExp | (new (...args: any[]) => unknown) | ((error: unknown) => unknown) | Record<string, unknown>;
interface Details {
  message?: string;
  actual?: unknown;
  expected?: unknown;
  operator?: string;
}

class AssertionError extends Error {
  readonly code = "ERR_ASSERTION";
  readonly generatedMessage: boolean;
  readonly actual: unknown;
  readonly expected: unknown;
  readonly operator: string | undefined;

  constructor({ message, actual, expected, operator }: Details) {
    super(message ?? `${inspect(actual)} ${operator} ${inspect(expected)}`);
    this.name = "AssertionError";
    this.generatedMessage = message === undefined;
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
  }
}

function check(holds: unknown, message: Message, actual: unknown, expected: unknown, operator: string, otherwise?: string): asserts holds {
  if (holds) return;
  if (message instanceof Error) throw message;
  throw new AssertionError({ message: message ?? otherwise, actual, expected, operator });
}

/** A comparison, as a function of assert. */
function compare(operator: string, holds: (a: any, b: any) => boolean) {
  return (actual: unknown, expected: unknown, message?: Message): void => check(holds(actual, expected), message, actual, expected, operator);
}

function ok(value: unknown, message?: Message): void {
  check(value, message, value, true, "==", "The expression evaluated to a falsy value");
}

function fail(message: Message = "Failed"): never {
  if (message instanceof Error) throw message;
  throw new AssertionError({ message, operator: "fail" });
}

/** Whether what was thrown is what is expected; throws when it is not. */
function verify(error: unknown, expected: Expected | undefined, message: Message): void {
  if (expected === undefined) return;
  if (expected instanceof RegExp) return check(expected.test(String(error)), message, error, expected, "throws");
  if (typeof expected === "function") {
    if (expected.prototype !== undefined && error instanceof expected) return;
    if (expected === Error || expected.prototype instanceof Error) throw error;
    return check((expected as (error: unknown) => unknown)(error) === true, message, error, expected, "throws", "The validation function did not return true");
  }
  for (const [name, want] of Object.entries(expected)) {
    const have = (error as Record<string, unknown>)[name];
    const holds = want instanceof RegExp && typeof have === "string" ? want.test(have) : deepEqual(have, want, true);
    check(holds, message, error, expected, "throws");
  }
}

/** Splits the arguments behind a function: what is expected may be left out. */
function expectation(expected: Expected | string | undefined, message: Message): [Expected | undefined, Message] {
  return typeof expected === "string" ? [undefined, expected] : [expected, message];
}

function throws(fn: () => unknown, expected?: Expected | string, message?: Message): void {
  const [want, text] = expectation(expected, message);
  let thrown: { error: unknown } | undefined;
  try {
    fn();
  } catch (error) {
    thrown = { error };
  }
  check(thrown, text, undefined, want, "throws", "Missing expected exception");
  verify(thrown.error, want, text);
}

function doesNotThrow(fn: () => unknown, message?: Message): void {
  try {
    fn();
  } catch (error) {
    check(false, message, error, undefined, "doesNotThrow", `Got unwanted exception: ${inspect(error)}`);
  }
}

async function rejects(work: Promise<unknown> | (() => Promise<unknown>), expected?: Expected | string, message?: Message): Promise<void> {
  const [want, text] = expectation(expected, message);
  const settled = await Promise.resolve(typeof work === "function" ? work() : work).then(
    () => undefined,
    (error) => ({ error }),
  );
  check(settled, text, undefined, want, "rejects", "Missing expected rejection");
  verify(settled.error, want, text);
}

async function doesNotReject(work: Promise<unknown> | (() => Promise<unknown>), message?: Message): Promise<void> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    check(false, message, error, undefined, "doesNotReject", `Got unwanted rejection: ${inspect(error)}`);
  }
}

function ifError(error: unknown): void {
  if (error === null || error === undefined) return;
  throw error instanceof Error ? error : new AssertionError({ message: `ifError got unwanted exception: ${inspect(error)}`, actual: error, operator: "ifError" });
}

const equals = {
  strictEqual: compare("strictEqual", Object.is),
  notStrictEqual: compare("notStrictEqual", (a, b) => !Object.is(a, b)),
  deepStrictEqual: compare("deepStrictEqual", (a, b) => deepEqual(a, b, true)),
  notDeepStrictEqual: compare("notDeepStrictEqual", (a, b) => !deepEqual(a, b, true)),
};

const common = {
  AssertionError,
  ok,
  fail,
  throws,
  doesNotThrow,
  rejects,
  doesNotReject,
  ifError,
  match: (text: string, pattern: RegExp, message?: Message) => check(pattern.test(text), message, text, pattern, "match"),
  doesNotMatch: (text: string, pattern: RegExp, message?: Message) => check(!pattern.test(text), message, text, pattern, "doesNotMatch"),
  ...equals,
};

const strict: any = Object.assign((value: unknown, message?: Message) => ok(value, message), common, {
  equal: equals.strictEqual,
  notEqual: equals.notStrictEqual,
  deepEqual: equals.deepStrictEqual,
  notDeepEqual: equals.notDeepStrictEqual,
});
strict.strict = strict;

export default Object.assign((value: unknown, message?: Message) => ok(value, message), common, {
  equal: compare("==", (a, b) => a == b || (a !== a && b !== b)),
  notEqual: compare("!=", (a, b) => !(a == b || (a !== a && b !== b))),
  deepEqual: compare("deepEqual", (a, b) => deepEqual(a, b, false)),
  notDeepEqual: compare("notDeepEqual", (a, b) => !deepEqual(a, b, false)),
  strict,
});

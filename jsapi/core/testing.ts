// A small test harness for the tests next to the built-ins. It needs neither
// console nor timers, so that it can test those, too; whoever loads the tests
// calls run() and reads its JSON.

type Body = () => unknown;
type Expected = string | (abstract new (...args: any[]) => unknown);

/** What became of a test; without an error it passed. */
interface Result {
  name: string;
  error?: string;
}

const tests: { name: string; body: Body }[] = [];

/** Adds a test. It passes when body returns, or the promise which it returns is fulfilled. */
export function test(name: string, body: Body): void {
  tests.push({ name, body });
}

/** Runs every test, one after the other in the order of their making. Resolves to a JSON array of {name, error?}. */
export async function run(): Promise<string> {
  const results: Result[] = [];
  for (const { name, body } of tests) {
    try {
      await body();
      results.push({ name });
    } catch (error) {
      results.push({ name, error: describe(error) });
    }
  }
  return JSON.stringify(results);
}

/** Fails unless value is truthy. */
export function ok(value: unknown, message = "not true"): asserts value {
  if (!value) fail(message, value, true);
}

/** Fails unless Object.is(actual, expected). */
export function equal(actual: unknown, expected: unknown, message = "not equal"): void {
  if (!Object.is(actual, expected)) fail(message, actual, expected);
}

/** Fails unless the two have the same structure: arrays, buffers, maps, sets, dates, errors and plain objects by content. */
export function deepEqual(actual: unknown, expected: unknown, message = "not deeply equal"): void {
  if (!same(actual, expected)) fail(message, actual, expected);
}

/** Fails unless fn throws what is expected: an error of that class, or of that name. Returns what was thrown. */
export function throws(fn: () => unknown, expected?: Expected): any {
  let value: unknown;
  try {
    value = fn();
  } catch (error) {
    return checkError(error, expected);
  }
  return fail("did not throw", value, expectedName(expected));
}

/** Fails unless the promise is rejected with what is expected, as in throws. Resolves to the reason. */
export async function rejects(promise: unknown, expected?: Expected): Promise<any> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return checkError(error, expected);
  }
  return fail("was not rejected", value, expectedName(expected));
}

function checkError(error: unknown, expected: Expected | undefined): unknown {
  if (expected === undefined) return error;
  const fits = typeof expected === "string" ? (error as Error | null)?.name === expected : error instanceof expected;
  if (!fits) throw new Error(`wrong error\n  actual:   ${describe(error)}\n  expected: ${expectedName(expected)}`);
  return error;
}

function expectedName(expected: Expected | undefined): string {
  return typeof expected === "function" ? expected.name : (expected ?? "an exception");
}

function fail(message: string, actual: unknown, expected: unknown): never {
  throw new Error(`${message}\n  actual:   ${show(actual)}\n  expected: ${show(expected)}`);
}

/** The stack of an error, which says where; a value that is no error as text. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return show(error);
  const head = `${error.name}: ${error.message}`;
  const stack = String(error.stack ?? "");
  return stack.includes(error.message) ? stack : `${head}\n${stack}`;
}

function show(value: unknown, depth = 0): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `[function ${value.name}]`;
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (depth > 3) return "…";
  if (value instanceof ArrayBuffer) return `ArrayBuffer(${show([...new Uint8Array(value)], depth)})`;
  if (Array.isArray(value)) return `[${value.map((v) => show(v, depth + 1)).join(", ")}]`;
  const name = value.constructor?.name ?? "null";
  if (value instanceof DataView) return `DataView(${show(value.buffer, depth)})`;
  if (ArrayBuffer.isView(value) || value instanceof Map || value instanceof Set) {
    return `${name}${show([...(value as unknown as Iterable<unknown>)], depth)}`;
  }
  const body = Object.entries(value).map(([key, v]) => `${key}: ${show(v, depth + 1)}`);
  return `${name === "Object" ? "" : `${name} `}{${body.join(", ")}}`;
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof ArrayBuffer) return same(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
  if (a instanceof DataView) return same(new Uint8Array(a.buffer), new Uint8Array((b as DataView).buffer));
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  if (a instanceof RegExp) return String(a) === String(b);
  if (a instanceof Error) return a.name === (b as Error).name && a.message === (b as Error).message;
  if (a instanceof Map || a instanceof Set) return same([...a], [...(b as Iterable<unknown>)]);
  const keys = Reflect.ownKeys(a);
  if (keys.length !== Reflect.ownKeys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && same((a as any)[key], (b as any)[key]));
}

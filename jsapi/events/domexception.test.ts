import { deepEqual, equal, ok, test, throws } from "../core/testing.ts";

test("DOMException: defaults", () => {
  const error = new DOMException();
  equal(error.message, "");
  equal(error.name, "Error");
  equal(error.code, 0);
  equal(DOMException.length, 0);
  equal(DOMException.name, "DOMException");
});

const codes: [string, number][] = [
  ["IndexSizeError", 1],
  ["NotFoundError", 8],
  ["NotSupportedError", 9],
  ["InvalidStateError", 11],
  ["SyntaxError", 12],
  ["InvalidAccessError", 15],
  ["AbortError", 20],
  ["QuotaExceededError", 22],
  ["TimeoutError", 23],
  ["DataCloneError", 25],
  ["EncodingError", 0],
  ["OperationError", 0],
  ["__proto__", 0],
  ["toString", 0],
];
for (const [name, code] of codes) {
  test(`DOMException: the code of ${name}`, () => equal(new DOMException("m", name).code, code));
}

test("DOMException: constants on the class and its prototype", () => {
  equal((DOMException as any).ABORT_ERR, 20);
  equal((DOMException.prototype as any).DATA_CLONE_ERR, 25);
  deepEqual(Object.getOwnPropertyDescriptor(DOMException, "SYNTAX_ERR"), {
    value: 12,
    writable: false,
    enumerable: true,
    configurable: false,
  });
});

test("DOMException: is an error, with a stack", () => {
  const error = new DOMException("went wrong", "AbortError");
  ok(error instanceof Error);
  equal(Object.getPrototypeOf(DOMException.prototype), Error.prototype);
  equal(Object.getPrototypeOf(DOMException), Function.prototype);
  equal(String(error), "AbortError: went wrong");
  equal(Object.prototype.toString.call(error), "[object DOMException]");
  equal(typeof (error as any).stack, "string");
  ok(!Object.hasOwn(error, "message"));
  ok(!Object.hasOwn(error, "name"));
  const isError = (Error as any).isError;
  if (isError !== undefined) equal(isError(error), true);
});

test("DOMException: the stack begins with its name and message, and ends where it was made", () => {
  function thrower() {
    return new DOMException("went wrong", "AbortError");
  }
  const stack: string = (thrower() as any).stack;
  ok(stack.startsWith("AbortError: went wrong\n"), stack);
  ok(stack.split("\n")[1]!.includes("thrower"), stack);
});

test("DOMException: converts its arguments to strings", () => {
  const error = new DOMException(null as never, undefined);
  equal(error.message, "null");
  equal(error.name, "Error");
  throws(() => new DOMException(Symbol() as never), TypeError);
  throws(() => (DOMException as any)(), TypeError);
});

test("DOMException: brand checks", () => {
  for (const key of ["name", "message", "code"]) {
    const { get } = Object.getOwnPropertyDescriptor(DOMException.prototype, key)!;
    throws(() => get!.call({}), TypeError);
    throws(() => get!.call(undefined), TypeError);
    throws(() => get!.call(DOMException.prototype), TypeError);
  }
});

test("DOMException: can be extended", () => {
  class Mine extends DOMException {
    #more = 1;
    get more() {
      return this.#more;
    }
  }
  const error = new Mine("m", "TimeoutError");
  equal(error.more, 1);
  equal(error.code, 23);
  ok(error instanceof Mine);
});

test("QuotaExceededError: quota and requested", () => {
  const Quota = (globalThis as any).QuotaExceededError;
  const error = new Quota("full", { quota: 1, requested: 2 });
  equal(error.name, "QuotaExceededError");
  equal(error.code, 22);
  equal(error.quota, 1);
  equal(error.requested, 2);
  equal(new Quota().quota, null);
  equal(Object.getPrototypeOf(Quota), DOMException);
  throws(() => new Quota("", { quota: -1 }), RangeError);
  throws(() => new Quota("", { quota: 2, requested: 1 }), RangeError);
  throws(() => new Quota("", { quota: NaN }), TypeError);
});

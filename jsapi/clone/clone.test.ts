import { deepEqual, equal, ok, test, throws } from "../core/testing.ts";

test("structuredClone: values of ECMAScript", () => {
  const value = {
    list: [1, "two", 3n, null, undefined, true, , -0],
    map: new Map<unknown, unknown>([["a", { b: 1 }]]),
    set: new Set([1, 2]),
    date: new Date(5),
    pattern: /x/gi,
    bytes: new Uint16Array([1, 2]),
    error: new RangeError("far"),
  };
  const copy = structuredClone(value);
  deepEqual(copy, value);
  ok(copy !== value && copy.map !== value.map && copy.bytes.buffer !== value.bytes.buffer);
  ok(!(6 in copy.list));
});

test("structuredClone: cycles and shared references", () => {
  const value: any = { shared: {} };
  value.self = value;
  value.again = value.shared;
  const copy = structuredClone(value);
  equal(copy.self, copy);
  equal(copy.again, copy.shared);
});

test("structuredClone: transfer", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const copy = structuredClone({ bytes }, { transfer: [bytes.buffer] });
  deepEqual(copy.bytes, new Uint8Array([1, 2, 3]));
  equal(bytes.length, 0);
  throws(() => structuredClone(1, { transfer: [bytes.buffer] }), "DataCloneError");
  const buffer = new ArrayBuffer(1);
  throws(() => structuredClone(1, { transfer: [buffer, buffer] }), "DataCloneError");
  throws(() => structuredClone(1, { transfer: [{} as never] }), "DataCloneError");
  throws(() => structuredClone(1, { transfer: 1 as never }), TypeError);
  equal(buffer.byteLength, 1);
});

test("structuredClone: what has no copy", () => {
  for (const value of [() => {}, Symbol("s"), { deep: [() => {}] }, new WeakMap(), Promise.resolve()]) {
    const error = throws(() => structuredClone(value), "DataCloneError");
    equal(error.code, 25);
    ok(error instanceof DOMException);
  }
  const thrown = new Error("from a getter");
  const error = throws(() =>
    structuredClone({
      get bad() {
        throw thrown;
      },
    }),
  );
  equal(error, thrown);
  throws(() => (structuredClone as any)(), TypeError);
});

test("structuredClone: objects of the runtime", () => {
  const file = structuredClone(new File(["abc"], "n.txt", { type: "text/plain", lastModified: 7 }));
  ok(file instanceof File);
  deepEqual([file.name, file.type, file.lastModified, file.size], ["n.txt", "text/plain", 7, 3]);
  const exception = structuredClone(new DOMException("m", "AbortError"));
  ok(exception instanceof DOMException);
  deepEqual([exception.name, exception.message, exception.code], ["AbortError", "m", 20]);
});

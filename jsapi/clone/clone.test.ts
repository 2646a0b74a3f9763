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

test("structuredClone: objects of the runtime inside of others", async () => {
  const blob = new Blob(["abc"], { type: "a/b" });
  const buffer = new ArrayBuffer(3);
  const copy = structuredClone({ list: [blob, blob], map: new Map([[1, blob]]), buffer }, { transfer: [buffer] });
  ok(copy.list[0] instanceof Blob && copy.list[0] !== blob);
  equal(copy.list[0], copy.list[1]);
  equal(await copy.list[0]!.text(), "abc");
  equal(copy.map.get(1), copy.list[0]);
  equal(copy.buffer.byteLength, 3);
  equal(buffer.byteLength, 0);
});

test("structuredClone: objects of the runtime that have no copy", () => {
  class Mine extends EventTarget {}
  const values: [string, object][] = [
    ["Headers", new Headers()],
    ["Request", new Request("http://a.example/")],
    ["Response", new Response()],
    ["FormData", new FormData()],
    ["URL", new URL("http://a.example/")],
    ["URLSearchParams", new URLSearchParams()],
    ["ReadableStream", new ReadableStream()],
    ["TextDecoder", new TextDecoder()],
    ["AbortSignal", new AbortController().signal],
    ["Event", new Event("e")],
    ["EventTarget", new Mine()],
  ];
  for (const [name, value] of values) {
    const error = throws(() => structuredClone({ deep: [value] }), "DataCloneError");
    equal(error.message, `#<${name}> could not be cloned.`);
  }
  throws(() => structuredClone(new Headers().entries()), "DataCloneError");
});

test("structuredClone: objects of an app's classes are copied as plain ones", () => {
  class Point {
    x = 1;
  }
  class Deep extends Point {
    y = 2;
  }
  const copy = structuredClone([new Point(), new Deep(), Object.create(null, { z: { value: 3, enumerable: true } })]);
  deepEqual(copy, [{ x: 1 }, { y: 2, x: 1 }, { z: 3 }].map((value) => Object.assign({}, value)));
  let asked = 0;
  const proxy = new Proxy({}, { getPrototypeOf: () => (asked++, null) });
  deepEqual(structuredClone(Object.create(proxy, { a: { value: 1, enumerable: true } })), { a: 1 });
  equal(asked, 0);
});

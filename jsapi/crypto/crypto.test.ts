import { equal, ok, test, throws } from "../core/testing.ts";

test("crypto.getRandomValues fills arrays of integers", () => {
  const arrays = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];
  for (const TypedArray of arrays) {
    const array = new TypedArray(32);
    equal(crypto.getRandomValues(array), array, TypedArray.name);
    ok(new Uint8Array(array.buffer).some((byte) => byte !== 0), TypedArray.name);
  }
  equal(crypto.getRandomValues(new Uint8Array(0)).length, 0);
});

test("crypto.getRandomValues fills no more than the view", () => {
  const all = new Uint8Array(64);
  crypto.getRandomValues(all.subarray(16, 48));
  ok(all.subarray(0, 16).every((byte) => byte === 0) && all.subarray(48).every((byte) => byte === 0));
  ok(all.subarray(16, 48).some((byte) => byte !== 0));
});

test("crypto.getRandomValues: types and quota", () => {
  for (const array of [new Float32Array(1), new Float64Array(1), new DataView(new ArrayBuffer(1))]) {
    equal(throws(() => crypto.getRandomValues(array), "TypeMismatchError").code, 17);
  }
  // The type is looked at first.
  throws(() => crypto.getRandomValues(new Float64Array(10_000)), "TypeMismatchError");
  equal(crypto.getRandomValues(new Uint32Array(16_384)).length, 16_384);
  const error = throws(() => crypto.getRandomValues(new Uint8Array(65_537)), "QuotaExceededError");
  equal(error.quota, 65_536);
  equal(error.requested, 65_537);
  for (const value of [undefined, {}, [1], new ArrayBuffer(1)]) {
    throws(() => crypto.getRandomValues(value as never), TypeError);
  }
  throws(() => Crypto.prototype.getRandomValues.call({} as never, new Uint8Array(1)), TypeError);
});

test("crypto.randomUUID", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const id = crypto.randomUUID();
    ok(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id), id);
    seen.add(id);
  }
  equal(seen.size, 200);
});

test("crypto: the shape of the interface", () => {
  ok(crypto instanceof Crypto);
  equal(Object.prototype.toString.call(crypto), "[object Crypto]");
  throws(() => new (Crypto as any)(), TypeError);
  equal(Reflect.set(globalThis, "crypto", 1), false);
});

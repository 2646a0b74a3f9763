import { equal, ok, rejects, test, throws } from "../core/testing.ts";
import { type Arguments, callHost, Op } from "./host.ts";

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
  throws(() => crypto.getRandomValues(new Uint8Array(65_537)), "QuotaExceededError");
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

const utf8 = (text: string) => new TextEncoder().encode(text);
const hex = (buffer: ArrayBuffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

test("subtle: keys go through every form and back", async () => {
  const data = utf8("signed");
  const pairs: [object, KeyUsage[]][] = [
    [{ name: "ECDSA", namedCurve: "P-384" }, ["sign", "verify"]],
    [{ name: "Ed25519" }, ["sign", "verify"]],
    [{ name: "RSA-PSS", hash: "SHA-256", modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]) }, ["sign", "verify"]],
  ];
  for (const [algorithm, usages] of pairs) {
    const made = (await crypto.subtle.generateKey(algorithm as never, true, usages)) as CryptoKeyPair;
    const how = { ...algorithm, hash: "SHA-256", saltLength: 0 } as never;
    for (const form of ["pkcs8", "jwk"] as const) {
      const exported = await crypto.subtle.exportKey(form as never, made.privateKey);
      const secret = await crypto.subtle.importKey(form as never, exported as never, algorithm as never, false, ["sign"]);
      const signature = await crypto.subtle.sign(how, secret, data);
      for (const open of ["spki", "jwk"] as const) {
        const key = await crypto.subtle.importKey(open as never, (await crypto.subtle.exportKey(open as never, made.publicKey)) as never, algorithm as never, true, ["verify"]);
        ok(await crypto.subtle.verify(how, key, signature, data), JSON.stringify(algorithm));
        ok(!(await crypto.subtle.verify(how, key, signature, utf8("other"))));
      }
      await rejects(crypto.subtle.exportKey(form as never, secret), "InvalidAccessError");
    }
  }
});

test("subtle: a key keeps its secret", async () => {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(16), "AES-GCM", false, ["encrypt"]);
  equal(key.extractable, false);
  equal((key.algorithm as any).length, 128);
  await rejects(crypto.subtle.exportKey("raw", key), "InvalidAccessError");
  await rejects(crypto.subtle.decrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, key, new Uint8Array(16)), "InvalidAccessError");
  const copy = structuredClone(key);
  ok(copy instanceof CryptoKey && copy !== key && copy.usages.length === 1);
});

test("subtle: what bounds PBKDF2", async () => {
  const key = await crypto.subtle.importKey("raw", utf8("password"), "PBKDF2", false, ["deriveBits"]);
  const derive = (iterations: number) => crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: utf8("salt"), iterations }, key, 256);
  equal(hex(await derive(2)), "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43");
  await rejects(derive(4_000_000_000), "OperationError");
  await rejects(derive(0), "OperationError");
});

test("subtle: timingSafeEqual", () => {
  ok(crypto.subtle.timingSafeEqual(utf8("same"), utf8("same")));
  ok(!crypto.subtle.timingSafeEqual(utf8("same"), utf8("sane")));
  throws(() => crypto.subtle.timingSafeEqual(utf8("a"), utf8("ab")), TypeError);
});

test("DigestStream: a digest of what was written", async () => {
  const stream = new crypto.DigestStream("SHA-256");
  await new Blob(["a".repeat(100_000), "b".repeat(100_000)]).stream().pipeTo(stream);
  const whole = await crypto.subtle.digest("SHA-256", utf8("a".repeat(100_000) + "b".repeat(100_000)));
  equal(hex(await stream.digest), hex(whole));
  equal(stream.bytesWritten, 200_000n);
  throws(() => new crypto.DigestStream("MD5" as never), "NotSupportedError");
  const aborted = new crypto.DigestStream("SHA-1");
  await aborted.abort(new Error("no"));
  await rejects(aborted.digest, Error);
});

// The edge believes nothing of what a cordon says that somebody has taken over: what the checks of subtle.ts let nobody say.
test("the host survives arguments that subtle.ts would not send", async () => {
  const key = new Uint8Array(16), data = new Uint8Array(32), none = new Uint8Array(0);
  const hostile: [Op, Arguments][] = [
    [Op.Encrypt, { texts: ["AES-CBC", ""], words: [0], bytes: [key, new Uint8Array(1), none, data] }],
    [Op.Decrypt, { texts: ["AES-CBC", ""], words: [0], bytes: [key, new Uint8Array(1), none, data] }],
    [Op.Encrypt, { texts: ["AES-GCM", ""], words: [1 << 20], bytes: [key, new Uint8Array(12), none, data] }],
    [Op.Sign, { texts: ["HMAC", "", ""], words: [0], bytes: [key, none, data, none] }],
    [Op.Sign, {}],
    [Op.Sign, { texts: ["Ed25519", "", ""], words: [0], bytes: [key, none, data, none] }],
  ];
  for (const [op, args] of hostile) await rejects(callHost(op, args), Error);
  equal((await crypto.subtle.digest("SHA-256", data)).byteLength, 32);
});

test("RSA: neither keys nor salts without end", async () => {
  const algorithm = { name: "RSA-PSS", hash: "SHA-256" } as const;
  const { privateKey } = (await crypto.subtle.generateKey({ ...algorithm, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, false, ["sign", "verify"])) as CryptoKeyPair;
  await rejects(crypto.subtle.sign({ name: "RSA-PSS", saltLength: 0xffffffff }, privateKey, new Uint8Array(1)), "OperationError");
  await rejects(crypto.subtle.sign({ name: "RSA-PSS", saltLength: 223 }, privateKey, new Uint8Array(1)), "OperationError");
  equal((await crypto.subtle.sign({ name: "RSA-PSS", saltLength: 222 }, privateKey, new Uint8Array(1))).byteLength, 256);
  const large = "_".repeat(Math.ceil((2049 * 8) / 6)); // bits that are all set
  await rejects(crypto.subtle.importKey("jwk", { kty: "RSA", n: large, e: "AQAB" } as JsonWebKey, algorithm, false, ["verify"]), "DataError");
});

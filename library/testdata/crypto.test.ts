// Ciphers, keys and signatures of node:crypto. What is expected was made by Node.
import crypto from "node:crypto";
import { promisify } from "node:util";
import { deepEqual, equal, ok, rejects, run, test, throws } from "./testing.ts";

const key = Buffer.from("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "hex");
const vector = key.subarray(0, 16);
const fox = "The quick brown fox jumps over the lazy dog";

const ciphers: [name: string, text: string, tag: string][] = [
  ["aes-128-cbc", "d5f239401cf82914474428e33d8b1c9e380a8f51f8800d23a97775715faf4ba9184136f0641c6aa50af279b95be10423", ""],
  ["aes-192-cbc", "10acab422ae42b3528294371bdbbc03761516108d758216e7c8b8f8049cc9c08db59bb4584e45fbf11584090f1c8c693", ""],
  ["aes-256-cbc", "4846f83aa211e239aa62a21f527f089ee9ddbead30ee15d4e79b607a621b97be038b06d28923c94bca2c60df36761146", ""],
  ["aes-128-ctr", "5efc6e95301b99269ae3f62aa924847a640c94b40c6d1fe6e9fa92792ed62fa87248b4df7066dcd8d9adaf", ""],
  ["aes-256-ctr", "0e066177798e18f59b0e374f6db4c8b2069c68f5a9f0352d26369427179700bb740057375bbfb584df8e6c", ""],
  ["aes-128-gcm", "fec0f6bee8f7a0a09a98751ceb08c6df228ec483a32ca0105401bf9380e7cb0426e490adeca1d94022d32b", "33808e3baa798cdb913bee412ce47e55"],
  ["aes-256-gcm", "3304c5564891234bf6dfb95b3ad3429332dc13810df8be33371e22a3eb8becbe001aa9981c3aa9ee864651", "824e5faaf5ca54eb3e1d9313152354ce"],
];

function secretFor(name: string): Buffer {
  return key.subarray(0, Number(name.slice(4, 7)) / 8);
}

function encrypted(name: string, pieces: number): [text: string, tag: string] {
  const cipher = crypto.createCipheriv(name, secretFor(name), vector) as crypto.CipherGCM;
  if (name.endsWith("gcm")) cipher.setAAD(Buffer.from("aad"));
  let text = "";
  for (let at = 0; at < fox.length; at += pieces) text += cipher.update(fox.slice(at, at + pieces), "utf8", "hex");
  text += cipher.final("hex");
  return [text, name.endsWith("gcm") ? cipher.getAuthTag().toString("hex") : ""];
}

function decrypted(name: string, text: string, tag: string): string {
  const cipher = crypto.createDecipheriv(name, secretFor(name), vector) as crypto.DecipherGCM;
  if (tag !== "") cipher.setAAD(Buffer.from("aad")).setAuthTag(Buffer.from(tag, "hex"));
  return cipher.update(text, "hex", "utf8") + cipher.final("utf8");
}

test("ciphers are those of Node, in pieces of any length", () => {
  for (const [name, text, tag] of ciphers) {
    for (const pieces of [1, 7, 16, 100]) deepEqual(encrypted(name, pieces), [text, tag], `${name} in pieces of ${pieces}`);
    equal(decrypted(name, text, tag), fox, name);
  }
});

test("ciphers: what was changed is refused", () => {
  throws(() => decrypted("aes-256-gcm", ciphers[6]![1], "00" + ciphers[6]![2].slice(2)), Error);
  throws(() => decrypted("aes-256-gcm", "00" + ciphers[6]![1].slice(2), ciphers[6]![2]), Error);
  throws(() => decrypted("aes-256-cbc", ciphers[2]![1].slice(0, -32), ""), Error);
  throws(() => decrypted("aes-256-cbc", ciphers[2]![1].slice(0, -2), ""), Error);
  throws(() => decrypted("aes-256-gcm", ciphers[6]![1], "").length, Error); // without a tag
  throws(() => crypto.createCipheriv("aes-256-cbc", key.subarray(1), vector), RangeError);
  throws(() => crypto.createCipheriv("aes-256-cbc", key, vector.subarray(1)), TypeError);
  throws(() => crypto.createCipheriv("des", key, vector), Error);
});

test("ciphers: a tag has the length that was agreed on, and is set once", () => {
  const make = (authTagLength?: number): crypto.DecipherGCM => crypto.createDecipheriv("aes-256-gcm", key, vector, { authTagLength });
  const set = (tagLength: number, authTagLength?: number) => () => make(authTagLength).setAuthTag(Buffer.alloc(tagLength));
  const message = (fn: () => unknown): string => {
    try {
      fn();
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  for (let length = 0; length <= 17; length++) {
    const valid = length === 4 || length === 8 || (length >= 12 && length <= 16);
    const refusal = `Invalid authentication tag length: ${length}`;
    equal(message(set(length)), valid ? "" : refusal);
    equal(message(() => make(length)), valid ? "" : refusal);
    equal(message(set(length, 16)), length === 16 ? "" : refusal);
    equal(message(set(length, 12)), length === 12 ? "" : refusal);
  }
  const twice = make().setAuthTag(Buffer.alloc(16));
  equal(message(() => twice.setAuthTag(Buffer.alloc(16))), "Invalid state for operation setAuthTag");
  const short = crypto.createCipheriv("aes-256-gcm", key, vector, { authTagLength: 4 }).setAAD(Buffer.from("aad"));
  short.update(fox);
  short.final();
  equal(short.getAuthTag().toString("hex"), ciphers[6]![2].slice(0, 8));
  equal(decrypted("aes-256-gcm", ciphers[6]![1], ciphers[6]![2].slice(0, 8)), fox);
});

test("ciphers: no padding, a cipher that is over, one that is a stream", async () => {
  const cipher = crypto.createCipheriv("aes-256-cbc", key, vector).setAutoPadding(false);
  equal(cipher.update(Buffer.alloc(32)).length, 32);
  equal(cipher.final().length, 0);
  throws(() => cipher.update("x"), Error);
  throws(() => {
    const odd = crypto.createCipheriv("aes-256-cbc", key, vector).setAutoPadding(false);
    odd.update("x");
    odd.final();
  }, Error);
  const stream = crypto.createCipheriv("aes-256-cbc", key, vector);
  stream.write(fox.slice(0, 10));
  stream.end(fox.slice(10));
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  equal(Buffer.concat(parts).toString("hex"), ciphers[2]![1]);
});

/** Keys in PKCS #8, and what Node has signed with them. */
const keys: Record<string, { secret: string; signature: string; pss?: string }> = {
  rsa: {
    secret: "MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQC+hsgoGrYNH6/Wp0GTVoTz9c0QP23RWVwYe5FfZkwCCgDggbfLNfaBowWl0xjQrQt4V12J4MvFbMG8PhDoJfDA0SzLZLKR+r7T8ALuFBbiby4NcHAfO5hAkb1hZyioAs8e/e8aUYGyktOrsl7dLqjGalNGHCJdA4PqlrmNURcbKZ85KJS4xAVlqW1XmvUsDV0zy9phzjE8kVU4a35Cpf7OtHPkpa4iI+7/OqxluDp/DqFKgqHF/HTVIiS2Otzta6eVW1A6rWgVi5zP+qY9bIyGWMMyH1hD0RJsnv3+xDf59aphMfjKVc8CU7nPe78WO58Dw7bS/vfcmtt919qW5NsxAgMBAAECggEAAum4obRW2DiFzbhc7k3CVqCJdBgkK7E8ETvCazz7KITSopwZHUhD7pN5gKGLnZUnub1MNtFzDB+vjps8UvBRkAEiuDFf8Y9t33up783q06dzgs0XScL1fvc7eAPFwVvZotWrFDHu07Ye+l8NyD/wYKg7gbToaZemKq4HRDvbKJUhgsqMZMA0P0EFC0zGJeRTp/1BxKB/DQcFYDlVaSICcI8REQ4mXDOIBt3Oi7zqr9/Wzg+zkZzhvA5Y1TrELXxO+Mq67Ysnp5qljOAjp/MVRoINpSTxuPUGE3m9Uta0vAmkx5plvt0eAfg2OYHrTHKqHLDokd6EGDCaYj141FUDYQKBgQD9fC8Ci6+pOXJ7ak/QWnCDLE5QUn8C3Uk6gqLbvJszqsJ3Q72njE+q3wKlzla5wPlZM76STF+mjw2cazfdXTy/tMGXBh2t9bhSgS2n1Xoy5C2zbDPEkFgHgL8iVzgnlISr2NNCuaqw/VTYgW2921Pnk6jy6hbWqKQ+ldCf7AwDhQKBgQDAarE4bEnB/uzG7FFqpxSJNscun9k6PxJZPgiZt8FSZ4U+g3hFWIods2xLsI5cQs2SNMjA9apCBrK1XgUxkx/4dV8IVkPL0Iv4KZQjr0t1VKvJ+WDhZRo/bLAiBY89LB1++woOJGBKtToamyz38E/QISc3s/+k2t/7u5wpWBvavQKBgQCQg2L9rYtpC8JT0AlOvLDWZ8UCD/YvON9Nxzp30fAdpaWWfv0570lgHiIRSzCwV+8QRurH11jUyUu2OH4x6rz+glu38RmsmqEKEHFp9M/lAad4WiCtWKmHJYRSXK08C3UTz9qpeNZybwsXH7rj+Y29QbaZPpHksWJp99lnwxgaTQKBgQCTb+1Vp5wouxZhImkMSPQyY7fh4PgJapS7rw3WA3htlQcDLKf2su457ea4ZJPg3As60ZlWSadpKkq7MEzYfLyNnBnygG84eBcYU3vAkCxIvlVX0O9MJjUjjju0BgCIxgnf56n/xh3GgPEBvA+L+Caf+xda1mC3yELCWDJDd9D4HQKBgQCl3xsUMOX1voguqoeVtk9ubtndjpm29nOd7EqsG6YnWBldjrQkrgSoxwgAFXrbZ01MDBW/wjpyt0EULpbltqvoAWeakDTs8ytQHxpwfWLlv/jMLZQgb0tlJVyMAsEJmnJuJb/ga3uasKuS622h3wAO7EG9Qb+V08jgBmvdQLxvIA==",
    signature: "Pom8daNzBBISgDfFSiP+2/Fjb/NzQCLvHzGfwXXG86k6HaWZg4UK8ZeMm8Ml/fmA5H9EaQykvx5BHmqF39VziTlwauDdPVL9mRAZk1YP/nQnvVWoj7dxUJM5ZIKa4weNjJnsghlv4AKslRk1MylKXxUYHWJ7FlAE4YvpEedNErZpcbYy+rmPDCkhbU1VAcN6AGELPcCqAdfelmHWIB/n5yFK6HssxB13EmSivwHaFKr76iD2wuxAMXx+nQeESrRb4IdZHs2k+qLJySZjj9YzSehMRKNfjx/eE7BjfExZSD0bxjU145SvuLeJhm8pl1MxDZtmZQrFXWTD5MoDjnuXzQ==",
    pss: "lZUKm3NelY0xMNoqri/8lqolmO36iUAXat/5sQmi/jVj1yjJ/KR0YXxVXes2LDn1aNkCmFZU5DMQH+xvViU686iq1nMuFmeau7+EwJUvul8G677vGQDntA35ZJDK1sU9XHKaR30QDyXjBd1DO50XM3zBp9bHHCcJBovAlbKOuLArUYmu3CC64GGgX+abihLyUHu6xuZc6Vj2+93pR4IsoJB56b/rlRWpXAjqJNJQd8bT2YYgIM29GaubXCnk0xOktdWXtWlQbgWBqhdVXYUb4t1jkdt0z5mtU8G7iMX7zD8Y/Xn/9pATpp3JRl2lX4+t9LaZ27ZhUzvy38UtOEH/ng==",
  },
  ec: {
    secret: "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIYyT9HpPmiSgxl1Zv8kxfuU0QJZQW7rzIyTCfgnLEhyhRANCAASXn1ET5ys1RjSctI3aFTcIZQrmlUYgfWf8Hxc7qIoUiio2r/esv1FDo6WewosF/kwj4Nouw/+z4oiAwveTfGu3",
    signature: "MEUCIALgJ88B8SDfiWzf2mVJ+gUmA3KSJ7eceKyOC6iLndzDAiEA8Q7SS6XbcQkb1ROTqUmjBrm435SZycFzt7sujF3zZAw=",
  },
  p384: {
    secret: "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDD88RNx5CVjxK67B34w1uEIo5cGMJkVmSZ895Fg9ZTF2OnLCmUzAP6mNSNwk/BmH8yhZANiAAS2ZeG9/qyWmAtNN73YlQScM+3T4ddLnFbOuB2N0Ss7ukrl8A/HRDheIb1GriVYIE97ABJOLllLJh80yg/CYLnqmKatIsQkmVEUMAj0CT4jMj0QhKX2CCGJ6XbFyxIL3nY=",
    signature: "MGUCMQCIXAMBebUmaHCZPJVP6La3PXT+YtTErhWoW/1iUSWzYKeDU6SHu8h/oAW0R+PL6FYCMBlIELSLa/f5ye6Arx7yb0L5jBE2QycWU/4jhQpUw5ntRuRyHiJkWNesmaTGzNvnHw==",
  },
  ed25519: {
    secret: "MC4CAQAwBQYDK2VwBCIEIH8p16/7/KIcTTo7H2ndkPE2iQPSTRF0r4d9i4Iq79ur",
    signature: "O1Je0/2lOKACOjsfMFfKXk+IU8N5vj+mxxP1hYcri5OZNQDiZQ09CsFnHI/OAvyOsx4/nmYsIOCi7eN2Zkn7AA==",
  },
};
const signed = Buffer.from("what is signed");

function pair(name: string): { open: crypto.KeyObject; secret: crypto.KeyObject; hash: string | null; signature: Buffer } {
  const { secret: der, signature } = keys[name]!;
  const secret = crypto.createPrivateKey({ key: Buffer.from(der, "base64"), format: "der", type: "pkcs8" });
  return { secret, open: crypto.createPublicKey(secret as never), hash: name === "ed25519" ? null : "sha256", signature: Buffer.from(signature, "base64") };
}

test("signatures of Node are verified, and no others", () => {
  for (const name of Object.keys(keys)) {
    const { open, hash, signature } = pair(name);
    ok(crypto.verify(hash, signed, open, signature), name);
    ok(!crypto.verify(hash, Buffer.from("what is not"), open, signature), name);
    for (const at of [0, 5, signature.length - 1]) {
      const flipped = Buffer.from(signature);
      flipped[at]! ^= 1;
      ok(!crypto.verify(hash, signed, open, flipped), `${name}, byte ${at}`);
    }
    for (const wrong of [signature.subarray(1), Buffer.concat([signature, Buffer.alloc(1)]), Buffer.alloc(0)]) ok(!crypto.verify(hash, signed, open, wrong), name);
  }
});

test("signatures: PKCS #1 is the same as Node's, PSS and the others are verified again", () => {
  for (const name of Object.keys(keys)) {
    const { open, secret, hash, signature } = pair(name);
    const own = crypto.sign(hash, signed, secret);
    ok(crypto.verify(hash, signed, open, own), name);
    if (name === "rsa" || name === "ed25519") equal(own.toString("hex"), signature.toString("hex"), name);
  }
  const { open, secret } = pair("rsa");
  const padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
  const pss = Buffer.from(keys.rsa!.pss!, "base64");
  ok(crypto.verify("sha256", signed, { key: open, padding }, pss));
  ok(!crypto.verify("sha256", signed, { key: open, padding, saltLength: 32 }, pss));
  ok(!crypto.verify("sha256", signed, open, pss));
  for (const saltLength of [crypto.constants.RSA_PSS_SALTLEN_DIGEST, 0, 20]) {
    ok(crypto.verify("sha256", signed, { key: open, padding, saltLength }, crypto.sign("sha256", signed, { key: secret, padding, saltLength })));
  }
});

test("signatures in pieces, in the other form of ECDSA, and with a callback", async () => {
  const { open, secret } = pair("ec");
  const made = crypto.createSign("RSA-SHA256").update("what is ").update("signed").sign({ key: secret, dsaEncoding: "ieee-p1363" }, "base64");
  equal(Buffer.from(made, "base64").length, 64);
  ok(crypto.createVerify("sha256").update(signed).verify({ key: open, dsaEncoding: "ieee-p1363" }, made, "base64"));
  ok(!crypto.createVerify("sha256").update(signed).verify(open, made, "base64"));
  const later = await promisify(crypto.sign as any)("sha256", signed, secret);
  ok(await promisify(crypto.verify as any)("sha256", signed, open, later));
  await rejects(promisify(crypto.sign as any)("none", signed, secret), Error);
});

test("keys are read as they are written", () => {
  for (const name of Object.keys(keys)) {
    const { open, secret } = pair(name);
    equal(secret.export({ format: "der", type: "pkcs8" }).toString("base64"), keys[name]!.secret, name);
    ok(secret.equals(crypto.createPrivateKey(secret.export({ format: "pem", type: "pkcs8" }))), name);
    ok(secret.equals(crypto.createPrivateKey({ key: secret.export({ format: "jwk" }), format: "jwk" })), name);
    ok(open.equals(crypto.createPublicKey(open.export({ format: "pem", type: "spki" }))), name);
    ok(open.equals(crypto.createPublicKey({ key: open.export({ format: "jwk" }), format: "jwk" })), name);
    ok(open.equals(crypto.createPublicKey(secret.export({ format: "pem", type: "pkcs8" }))), name);
    ok(!open.equals(secret), name);
    equal(open.type, "public");
    equal(secret.type, "private");
  }
  const { secret } = pair("rsa");
  ok(secret.equals(crypto.createPrivateKey(secret.export({ format: "pem", type: "pkcs1" }))));
  deepEqual(secret.asymmetricKeyDetails, { modulusLength: 2048, publicExponent: 65537n });
  deepEqual([pair("ec").secret.asymmetricKeyType, pair("ec").secret.asymmetricKeyDetails], ["ec", { namedCurve: "prime256v1" }]);
});

test("keys: what is none is refused", () => {
  const pem = pair("rsa").secret.export({ format: "pem", type: "pkcs8" }) as string;
  for (const wrong of ["", "text", pem.slice(0, 800), pem.replace("MII", "AAA"), pem.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"), pair("ec").open.export({ format: "pem", type: "spki" })]) {
    throws(() => crypto.createPrivateKey(wrong), Error);
  }
  for (let length = 0; length < 200; length += 13) {
    throws(() => crypto.createPrivateKey({ key: Buffer.from(keys.ec!.secret, "base64").subarray(0, Math.min(length, 60)), format: "der", type: "pkcs8" }), Error);
  }
  throws(() => crypto.sign("sha256", signed, pair("rsa").open), TypeError);
  throws(() => crypto.createPublicKey(crypto.createSecretKey(key) as never), TypeError);
  throws(() => crypto.createHmac("sha256", pair("rsa").open as never), TypeError);
});

test("keys that are secrets", () => {
  const secret = crypto.createSecretKey("key", "utf8");
  deepEqual([secret.type, secret.symmetricKeySize, secret.export().toString(), secret.export({ format: "jwk" })], ["secret", 3, "key", { kty: "oct", k: "a2V5" }]);
  equal(crypto.createHmac("sha256", secret).update(fox).digest("hex"), "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
  equal(crypto.generateKeySync("aes", { length: 256 }).symmetricKeySize, 32);
});

test("new keys", async () => {
  for (const [type, options] of [["ec", { namedCurve: "P-384" }], ["ed25519", {}], ["rsa", { modulusLength: 2048 }]] as [any, any][]) {
    const { publicKey, privateKey } = (await promisify(crypto.generateKeyPair as any)(type, options)) as any;
    const hash = type === "ed25519" ? null : "sha384";
    ok(crypto.verify(hash, signed, publicKey, crypto.sign(hash, signed, privateKey)), type);
  }
  const pems = crypto.generateKeyPairSync("ec", { namedCurve: "P-256", publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "sec1", format: "pem" } });
  ok(crypto.verify("sha256", signed, pems.publicKey, crypto.sign("sha256", signed, pems.privateKey)));
  throws(() => crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }), Error);
});

test("a password with a callback gives the same key", async () => {
  for (const hash of ["sha1", "sha512", "sha3-256"]) {
    const later = (await promisify(crypto.pbkdf2)("password", "salt", 10, 33, hash)).toString("hex");
    equal(later, crypto.pbkdf2Sync("password", "salt", 10, 33, hash).toString("hex"), hash);
  }
  await rejects(promisify(crypto.pbkdf2)("password", "salt", 10, 33, "none"), Error);
});

export default { fetch: async () => new Response(await run()) };

// Keys that are made of passwords and of other keys. What calls back asks the host, which is faster
// and takes nothing of this thread, where it knows the hash.
import { hkdf } from "@noble/hashes/hkdf.js";
import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { scrypt } from "@noble/hashes/scrypt.js";
import { bytesOf, type Bytes, type Data, type Done, later, result } from "./bytes.ts";
import { hashName, hashOf } from "./hash.ts";
import { type KeyObject, secretOf } from "./keys.ts";

const hostHashes: Record<string, "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512"> = { sha1: "SHA-1", sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512" };

function pbkdf2Sync(password: Data, salt: Data, iterations: number, length: number, name: string): Bytes {
  return result(pbkdf2(hashOf(name), bytesOf(password), bytesOf(salt), { c: iterations, dkLen: length }));
}

async function hostPBKDF2(password: Data, salt: Data, iterations: number, length: number, hash: (typeof hostHashes)[string]): Promise<Bytes> {
  const { subtle } = crypto;
  const key = await subtle.importKey("raw", bytesOf(password), "PBKDF2", false, ["deriveBits"]);
  return result(new Uint8Array(await subtle.deriveBits({ name: "PBKDF2", salt: bytesOf(salt), iterations, hash }, key, length * 8)));
}

function pbkdf2Later(password: Data, salt: Data, iterations: number, length: number, name: string, done: Done<Bytes>): void {
  const hash = hostHashes[hashName(name)];
  later(() => (hash === undefined ? pbkdf2Sync(password, salt, iterations, length, name) : hostPBKDF2(password, salt, iterations, length, hash)), done);
}

function hkdfSync(name: string, key: Data | KeyObject, salt: Data, info: Data, length: number): ArrayBuffer {
  return new Uint8Array(hkdf(hashOf(name), secretOf(key), bytesOf(salt), bytesOf(info), length)).buffer;
}

interface ScryptOptions {
  N?: number;
  r?: number;
  p?: number;
  cost?: number;
  blockSize?: number;
  parallelization?: number;
  maxmem?: number;
}

function scryptSync(password: Data, salt: Data, length: number, options: ScryptOptions = {}): Bytes {
  const { N = options.cost ?? 16384, r = options.blockSize ?? 8, p = options.parallelization ?? 1, maxmem = 32 << 20 } = options;
  return result(scrypt(bytesOf(password), bytesOf(salt), { N, r, p, dkLen: length, maxmem: maxmem + 4096 }));
}

export const deriving = {
  pbkdf2Sync,
  pbkdf2: pbkdf2Later,
  hkdfSync,
  hkdf: (name: string, key: Data, salt: Data, info: Data, length: number, done: Done<ArrayBuffer>) => later(() => hkdfSync(name, key, salt, info, length), done),
  scryptSync,
  scrypt: (password: Data, salt: Data, length: number, ...rest: any[]) => {
    const done = rest.pop() as Done<Bytes>;
    later(() => scryptSync(password, salt, length, ...rest), done);
  },
};

// New keys. The host makes those of RSA, which take too long here.
import { type Done, failure, later } from "./bytes.ts";
import { curveOf, ecKey, edwards, edwardsKey } from "./curves.ts";
import { createSecretKey, type KeyObject, type Numbers, privateKey, publicKey } from "./keys.ts";
import { privateFrom } from "./formats.ts";
import { randomBytes } from "./random.ts";

interface Options {
  modulusLength?: number;
  publicExponent?: number;
  namedCurve?: string;
  publicKeyEncoding?: object;
  privateKeyEncoding?: object;
}

interface Pair {
  publicKey: unknown;
  privateKey: unknown;
}

function numbers(type: string, options: Options): Numbers {
  switch (type) {
    case "ec": {
      const curve = curveOf(options.namedCurve ?? "");
      return ecKey(curve, curve.get().utils.randomSecretKey());
    }
    case "ed25519":
    case "x25519":
      return edwardsKey(type, edwards(type).utils.randomSecretKey());
    case "rsa":
      throw failure("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "Keys of RSA are made by generateKeyPair with a callback, or by crypto.subtle.generateKey");
    default:
      throw failure("ERR_INVALID_ARG_VALUE", `Keys of the type "${type}" cannot be made here; there are rsa, ec, ed25519, x25519`, TypeError);
  }
}

async function rsaNumbers({ modulusLength = 0, publicExponent = 65537 }: Options): Promise<Numbers> {
  const exponent = Uint8Array.of(publicExponent >>> 24, publicExponent >>> 16, publicExponent >>> 8, publicExponent);
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" as const, modulusLength, publicExponent: exponent };
  const pair = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  return privateFrom("pkcs8", new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey)));
}

function pairOf(made: Numbers, { publicKeyEncoding, privateKeyEncoding }: Options): Pair {
  const [open, secret] = [publicKey(made), privateKey(made)];
  return {
    publicKey: publicKeyEncoding === undefined ? open : open.export(publicKeyEncoding),
    privateKey: privateKeyEncoding === undefined ? secret : secret.export(privateKeyEncoding),
  };
}

function generateKeyPair(type: string, ...rest: any[]): void {
  const done = rest.pop() as (error: Error | null, publicKey?: unknown, privateKey?: unknown) => void;
  const options: Options = rest[0] ?? {};
  later(async () => pairOf(type === "rsa" ? await rsaNumbers(options) : numbers(type, options), options), (error, pair) => {
    done(error, pair?.publicKey, pair?.privateKey);
  });
}
Object.defineProperty(generateKeyPair, Symbol.for("nodejs.util.promisify.custom"), {
  value: (type: string, options?: Options) =>
    new Promise((resolve, reject) => {
      generateKeyPair(type, options, (error: Error | null, open: unknown, secret: unknown) => (error === null ? resolve({ publicKey: open, privateKey: secret }) : reject(error)));
    }),
});

function generateKeySync(type: string, { length }: { length: number }): KeyObject {
  const isRight = type === "hmac" ? length >= 8 : type === "aes" && [128, 192, 256].includes(length);
  if (!isRight) throw failure("ERR_INVALID_ARG_VALUE", 'the type must be "hmac", or "aes" with a length of 128, 192 or 256', TypeError);
  return createSecretKey(randomBytes(Math.floor(length / 8)));
}

export const generating = {
  generateKeyPair,
  generateKeyPairSync: (type: string, options: Options = {}) => pairOf(numbers(type, options), options),
  generateKeySync,
  generateKey: (type: string, options: { length: number }, done: Done<KeyObject>) => later(() => generateKeySync(type, options), done),
};

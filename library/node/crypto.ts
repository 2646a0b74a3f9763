// node:crypto: what npm packages lean on. It is made of packages in JavaScript where Node is synchronous, as
// crypto.subtle is not, and of crypto.subtle where Node calls back.
import { ciphering } from "../crypto/cipher.ts";
import { getCurves } from "../crypto/curves.ts";
import { deriving } from "../crypto/derive.ts";
import { generating } from "../crypto/generate.ts";
import { hashing } from "../crypto/hash.ts";
import { createPrivateKey, createPublicKey, createSecretKey, KeyObject } from "../crypto/keys.ts";
import { random } from "../crypto/random.ts";
import { signing } from "../crypto/sign.ts";

export default {
  ...hashing,
  ...random,
  ...deriving,
  ...ciphering,
  ...signing,
  ...generating,
  KeyObject,
  createSecretKey,
  createPrivateKey,
  createPublicKey,
  getCurves,
  webcrypto: crypto,
  subtle: crypto.subtle,
};

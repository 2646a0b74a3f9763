// The globals of this folder, as apps see them.

/** https://w3c.github.io/webcrypto/#crypto-interface */
declare class Crypto {
  private constructor();
  /**
   * Fills an array of integers with random values and returns it. At most 65,536 bytes: a QuotaExceededError
   * for more, a TypeMismatchError for arrays of other things than integers.
   */
  getRandomValues<T extends ArrayBufferView<ArrayBuffer>>(array: T): T;
  readonly subtle: SubtleCrypto;
  /** Of Workers: a stream that ends in a digest. */
  readonly DigestStream: DigestStreamConstructor;
  /** A random UUID (version 4). */
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`;
}

declare var crypto: Crypto;

/** https://w3c.github.io/webcrypto/#cryptokey-interface */
declare class CryptoKey {
  private constructor();
  readonly type: "secret" | "private" | "public";
  readonly extractable: boolean;
  readonly algorithm: KeyAlgorithm;
  readonly usages: KeyUsage[];
}

type KeyUsage = "encrypt" | "decrypt" | "sign" | "verify" | "deriveKey" | "deriveBits" | "wrapKey" | "unwrapKey";
type KeyFormat = "raw" | "spki" | "pkcs8" | "jwk";

interface KeyAlgorithm {
  name: string;
  length?: number;
  hash?: { name: string };
  namedCurve?: string;
  modulusLength?: number;
  publicExponent?: Uint8Array<ArrayBuffer>;
}

interface CryptoKeyPair {
  publicKey: CryptoKey;
  privateKey: CryptoKey;
}

/** RFC 7517. */
interface JsonWebKey {
  kty?: string;
  use?: string;
  key_ops?: string[];
  alg?: string;
  ext?: boolean;
  crv?: string;
  x?: string;
  y?: string;
  d?: string;
  n?: string;
  e?: string;
  p?: string;
  q?: string;
  dp?: string;
  dq?: string;
  qi?: string;
  k?: string;
}

type HashName = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512" | "SHA3-256" | "SHA3-384" | "SHA3-512";
type CryptoBytes = ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** An algorithm by its name, or with its parameters: https://w3c.github.io/webcrypto/#algorithm-overview */
type AlgorithmIdentifier =
  | string
  | {
      name: string;
      hash?: HashName | { name: string };
      iv?: CryptoBytes;
      additionalData?: CryptoBytes;
      tagLength?: number;
      counter?: CryptoBytes;
      length?: number;
      label?: CryptoBytes;
      saltLength?: number;
      salt?: CryptoBytes;
      info?: CryptoBytes;
      iterations?: number;
      namedCurve?: string;
      modulusLength?: number;
      publicExponent?: Uint8Array<ArrayBuffer>;
      public?: CryptoKey;
      context?: CryptoBytes;
    };

/** https://w3c.github.io/webcrypto/#subtlecrypto-interface */
declare class SubtleCrypto {
  private constructor();
  encrypt(algorithm: AlgorithmIdentifier, key: CryptoKey, data: CryptoBytes): Promise<ArrayBuffer>;
  decrypt(algorithm: AlgorithmIdentifier, key: CryptoKey, data: CryptoBytes): Promise<ArrayBuffer>;
  sign(algorithm: AlgorithmIdentifier, key: CryptoKey, data: CryptoBytes): Promise<ArrayBuffer>;
  verify(algorithm: AlgorithmIdentifier, key: CryptoKey, signature: CryptoBytes, data: CryptoBytes): Promise<boolean>;
  digest(algorithm: HashName | { name: string }, data: CryptoBytes): Promise<ArrayBuffer>;
  generateKey(algorithm: AlgorithmIdentifier, extractable: boolean, keyUsages: KeyUsage[]): Promise<CryptoKey | CryptoKeyPair>;
  deriveKey(algorithm: AlgorithmIdentifier, baseKey: CryptoKey, derivedKeyType: AlgorithmIdentifier, extractable: boolean, keyUsages: KeyUsage[]): Promise<CryptoKey>;
  deriveBits(algorithm: AlgorithmIdentifier, baseKey: CryptoKey, length?: number | null): Promise<ArrayBuffer>;
  importKey(format: "jwk", keyData: JsonWebKey, algorithm: AlgorithmIdentifier, extractable: boolean, keyUsages: KeyUsage[]): Promise<CryptoKey>;
  importKey(format: "raw" | "spki" | "pkcs8", keyData: CryptoBytes, algorithm: AlgorithmIdentifier, extractable: boolean, keyUsages: KeyUsage[]): Promise<CryptoKey>;
  exportKey(format: "jwk", key: CryptoKey): Promise<JsonWebKey>;
  exportKey(format: "raw" | "spki" | "pkcs8", key: CryptoKey): Promise<ArrayBuffer>;
  wrapKey(format: KeyFormat, key: CryptoKey, wrappingKey: CryptoKey, wrapAlgorithm: AlgorithmIdentifier): Promise<ArrayBuffer>;
  unwrapKey(
    format: KeyFormat,
    wrappedKey: CryptoBytes,
    unwrappingKey: CryptoKey,
    unwrapAlgorithm: AlgorithmIdentifier,
    unwrappedKeyAlgorithm: AlgorithmIdentifier,
    extractable: boolean,
    keyUsages: KeyUsage[],
  ): Promise<CryptoKey>;
  /** Of Workers: whether two byte strings of the same length are equal, in a time that does not tell where they differ. */
  timingSafeEqual(a: CryptoBytes, b: CryptoBytes): boolean;
}

/** Of Workers: a stream that ends in a digest of the bytes, or the text, that were written to it. It is crypto.DigestStream. */
interface DigestStream extends WritableStream<CryptoBytes | string> {
  readonly digest: Promise<ArrayBuffer>;
  readonly bytesWritten: bigint;
}
interface DigestStreamConstructor {
  new (algorithm: HashName | { name: string }): DigestStream;
}

// The globals of this folder, as apps see them.

/** https://w3c.github.io/webcrypto/#crypto-interface */
declare class Crypto {
  private constructor();
  /**
   * Fills an array of integers with random values and returns it. At most 65,536 bytes: a QuotaExceededError
   * for more, a TypeMismatchError for arrays of other things than integers.
   */
  getRandomValues<T extends ArrayBufferView<ArrayBuffer>>(array: T): T;
  /** A random UUID (version 4). */
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`;
}

declare var crypto: Crypto;

// What crypto.go does: ops, each with an algorithm and byte strings.
import { readBytes, readWord, writeBytes, writeText, writeWord } from "../../frame/frame.ts";
import { makeError } from "../../worker/errors.ts";
import { startOp } from "../../worker/ops.ts";
import { Promise } from "../core/primordials.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** The numbers of the ops, which crypto.go knows too. */
export const enum Op {
  Digest = 16,
  DigestStream = 17,
  Encrypt = 18,
  Decrypt = 19,
  Sign = 20,
  Verify = 21,
  Generate = 22,
  Derive = 23,
  Import = 24,
  Export = 25,
}

/** What an op gets: texts, then numbers, then byte strings, each a list whose meaning the op knows. */
export interface Arguments {
  texts?: readonly string[];
  words?: readonly number[];
  bytes?: readonly Uint8Array[];
}

/** Starts an op. Its promise is fulfilled with byte strings, or rejected with the failure's exception. */
export function callHost(op: Op, { texts = [], words = [], bytes = [] }: Arguments): Promise<Bytes[]> {
  return new Promise((resolve, reject) => {
    const write = (): void => {
      for (let i = 0; i < texts.length; i++) writeText(texts[i]!);
      for (let i = 0; i < words.length; i++) writeWord(words[i]!);
      for (let i = 0; i < bytes.length; i++) writeBytes(bytes[i]!);
    };
    startOp(op, write, {
      done() {
        const list: Bytes[] = [];
        for (let n = readWord(); n > 0; n--) list[list.length] = readBytes();
        resolve(list);
      },
      failed: (name, message) => reject(makeError(name, message)),
    });
  });
}

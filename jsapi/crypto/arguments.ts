// What the host is told of an algorithm: its parameters, checked and in the order in which crypto.go takes them.

import { TypedArrayPrototypeGetLength, Uint8Array } from "../core/primordials.ts";
import { accessError, type Algorithm, operationError } from "./algorithms.ts";
import { type Arguments, callHost, type Bytes, Op } from "./host.ts";
import type { KeyState } from "./key.ts";

const nothing = new Uint8Array(0);

/** Encrypts or decrypts, or wraps or unwraps with AES-KW. */
export async function cipher(op: Op.Encrypt | Op.Decrypt, algorithm: Algorithm, key: KeyState, data: Bytes): Promise<Bytes> {
  const { name } = algorithm;
  let parameter: Bytes = nothing;
  let more: Bytes = nothing;
  let number = 0;
  switch (name) {
    case "AES-CBC":
      parameter = algorithm.iv!;
      if (TypedArrayPrototypeGetLength(parameter) !== 16) throw operationError("AES-CBC: the iv has to have 16 bytes");
      break;
    case "AES-CTR":
      parameter = algorithm.counter!;
      number = algorithm.length!;
      if (TypedArrayPrototypeGetLength(parameter) !== 16) throw operationError("AES-CTR: the counter has to have 16 bytes");
      if (number === 0 || number > 128) throw operationError("AES-CTR: the length is from 1 to 128");
      break;
    case "AES-GCM":
      parameter = algorithm.iv!;
      more = algorithm.additionalData ?? nothing;
      number = algorithm.tagLength ?? 128;
      if (!isTagLength(number)) throw operationError("AES-GCM: the tagLength is one of 32, 64, 96, 104, 112, 120 and 128");
      break;
    case "RSA-OAEP":
      if (key.type !== (op === Op.Encrypt ? "public" : "private")) throw accessError(`A ${key.type} key cannot do that`);
      parameter = algorithm.label ?? nothing;
      break;
  }
  const [result] = await callHost(op, {
    texts: [name, key.algorithm.hash ?? ""],
    words: [number],
    bytes: [key.material, parameter, more, data],
  });
  return result!;
}

function isTagLength(bits: number): boolean {
  return bits === 32 || bits === 64 || (bits >= 96 && bits <= 128 && bits % 8 === 0);
}

/** The arguments of signing and verifying; data is what they are about. */
export function signatureArguments(algorithm: Algorithm, key: KeyState, data: readonly Bytes[]): Arguments {
  const { name } = algorithm;
  const { namedCurve = "" } = key.algorithm;
  const context = algorithm.context ?? nothing;
  const needed = data.length === 1 ? "private" : "public";
  if (key.type !== "secret" && key.type !== needed) throw accessError(`A ${key.type} key cannot do that`);
  if (TypedArrayPrototypeGetLength(context) > 255) throw operationError(`${name}: the context has at most 255 bytes`);
  const hash = name === "ECDSA" ? algorithm.hash! : (key.algorithm.hash ?? "");
  return {
    texts: [name, namedCurve, hash],
    words: [algorithm.saltLength ?? 0],
    bytes: [key.material, context, data[0]!, data.length > 1 ? data[1]! : nothing],
  };
}

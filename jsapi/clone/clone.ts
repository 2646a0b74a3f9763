// structuredClone: https://html.spec.whatwg.org/#dom-structuredclone
// V8's serialiser does the work for what ECMAScript defines. Objects of the runtime's
// own classes are known to it only as plain objects, so those that can be cloned are
// handled here when they are the value itself.

import { ArrayBufferPrototypeGetDetached, SafeSet } from "../core/primordials.ts";
import { dictionary, isArrayBuffer, requireArguments, toSequence } from "../core/webidl.ts";
import { cloneBlob, isBlob } from "../blob/index.ts";
import { DOMException, domExceptionParts, isDOMException, newDOMException } from "../events/domexception.ts";

const { structuredClone: clonePlain } = __host;

/** The exception for what cannot be cloned or transferred. */
export function newCloneError(message: string): DOMException {
  return new DOMException(message, "DataCloneError");
}

/** The global structuredClone. */
export function structuredClone(value: unknown, options: unknown = undefined): unknown {
  requireArguments(arguments.length, 1, "structuredClone");
  const transfer = transferList(dictionary(options, "structuredClone: the options").transfer);
  if (transfer.length === 0) {
    if (isBlob(value)) return cloneBlob(value);
    if (isDOMException(value)) {
      const { name, message } = domExceptionParts(value);
      return newDOMException(message, name);
    }
  }
  return clonePlain(value, transfer);
}

/** The ArrayBuffers to transfer, each once and none detached. */
function transferList(value: unknown): ArrayBuffer[] {
  if (value === undefined) return [];
  const list = toSequence(value, (item) => item, "structuredClone: transfer");
  const seen = new SafeSet<unknown>();
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (!isArrayBuffer(item)) throw newCloneError("structuredClone: a value to transfer is not an ArrayBuffer");
    if (seen.has(item)) throw newCloneError("structuredClone: an ArrayBuffer to transfer is listed twice");
    if (ArrayBufferPrototypeGetDetached(item)) {
      throw newCloneError("structuredClone: an ArrayBuffer to transfer is detached");
    }
    seen.add(item);
  }
  return list as ArrayBuffer[];
}

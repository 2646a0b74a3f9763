// structuredClone: https://html.spec.whatwg.org/#dom-structuredclone
// V8's serialiser does the work for what ECMAScript defines, and asks here about
// objects of classes, for it cannot tell the runtime's own from an app's. It does not
// ask about errors, of which a DOMException is one: inside of another value it becomes
// an Error.

import { ArrayBufferPrototypeGetDetached, SafeSet } from "../core/primordials.ts";
import { dictionary, isArrayBuffer, interfaceOf, requireArguments, toSequence } from "../core/webidl.ts";
import { cloneBlob, isBlob } from "../blob/index.ts";
import { cloneKey, isCryptoKey } from "../crypto/index.ts";
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
  if (transfer.length === 0 && isDOMException(value)) return cloneException(value);
  return clonePlain(value, transfer, (object) => interfaceOf(object) !== undefined, clonePlatformObject);
}

/** The copy of an object of the runtime's; of those, few are serializable. */
function clonePlatformObject(object: object): object {
  if (isBlob(object)) return cloneBlob(object);
  if (isCryptoKey(object)) return cloneKey(object);
  throw newCloneError(`#<${interfaceOf(object)}> could not be cloned.`);
}

function cloneException(exception: DOMException): DOMException {
  const { name, message } = domExceptionParts(exception);
  return newDOMException(message, name);
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

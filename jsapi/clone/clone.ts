// structuredClone: https://html.spec.whatwg.org/#dom-structuredclone
// V8's serialiser does the work for what ECMAScript defines, and asks here about
// objects of classes, for it cannot tell the runtime's own from an app's. It does not
// ask about errors, of which a DOMException is one: inside of another value it becomes
// an Error.

import { ArrayBufferPrototypeGetDetached, SafeMap, SafeSet } from "../core/primordials.ts";
import { dictionary, isArrayBuffer, interfaceOf, requireArguments, toSequence } from "../core/webidl.ts";
import { cloneBlob, isBlob } from "../blob/index.ts";
import { cloneKey, isCryptoKey } from "../crypto/index.ts";
import { DOMException, domExceptionParts, isDOMException, newDOMException } from "../events/domexception.ts";

const { structuredClone: clonePlain } = __host;

/** The exception for what cannot be cloned or transferred. */
export function newCloneError(message: string): DOMException {
  return new DOMException(message, "DataCloneError");
}

/** What objects of a class of the runtime's need to be transferred. */
interface Transferable {
  is(value: unknown): boolean;
  isDetached(object: object): boolean;
  /** Makes the object that stands for one on the other side. */
  receiver(): object;
  /** Moves what is behind an object to its receiver. */
  move(object: object, receiver: object): void;
}

/** MessagePort, which is a feature above this one. */
let ports: Transferable = { is: () => false, isDetached: () => false, receiver: () => ({}), move: () => {} };

/** Teaches this module the class. */
export function setTransferable(transferable: Transferable): void {
  ports = transferable;
}

/** The global structuredClone. */
export function structuredClone(value: unknown, options: unknown = undefined): unknown {
  requireArguments(arguments.length, 1, "structuredClone");
  const { transfer } = dictionary(options, "structuredClone: the options");
  return cloneWithTransfer(value, transfer === undefined ? [] : toSequence(transfer, (item) => item, "structuredClone: transfer")).value;
}

/** Clones a value and transfers what is listed. moved are the ports that have come out of it, in their order. */
export function cloneWithTransfer(value: unknown, transfer: readonly unknown[]): { value: unknown; moved: readonly object[] } {
  if (transfer.length === 0) {
    if (isDOMException(value)) return { value: cloneException(value), moved: transfer as object[] };
    return { value: clonePlain(value, [], isPlatformObject, clonePlatformObject), moved: transfer as object[] };
  }
  const { buffers, objects, receivers } = transferred(transfer);
  const copy = (object: object): object => receivers.get(object) ?? clonePlatformObject(object);
  const result = clonePlain(value, buffers, isPlatformObject, copy);
  const moved: object[] = [];
  for (let i = 0; i < objects.length; i++) {
    const receiver = receivers.get(objects[i]!)!;
    ports.move(objects[i]!, receiver);
    moved[i] = receiver;
  }
  return { value: result, moved };
}

function isPlatformObject(object: object): boolean {
  return interfaceOf(object) !== undefined;
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

/** What is listed to be transferred, each once and none detached: ArrayBuffers, and objects with their receivers. */
function transferred(list: readonly unknown[]) {
  const buffers: ArrayBuffer[] = [];
  const objects: object[] = [];
  const receivers = new SafeMap<object, object>();
  const seen = new SafeSet<unknown>();
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (seen.has(item)) throw newCloneError("A value to be transferred is listed twice");
    seen.add(item);
    if (isArrayBuffer(item)) {
      if (ArrayBufferPrototypeGetDetached(item)) throw newCloneError("An ArrayBuffer to be transferred is detached");
      buffers[buffers.length] = item;
    } else if (ports.is(item)) {
      if (ports.isDetached(item as object)) throw newCloneError("A MessagePort to be transferred is detached");
      objects[objects.length] = item as object;
      receivers.set(item as object, ports.receiver());
    } else {
      throw newCloneError("A value to be transferred is neither an ArrayBuffer nor a MessagePort");
    }
  }
  return { buffers, objects, receivers };
}

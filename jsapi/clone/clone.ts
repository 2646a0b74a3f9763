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

/** How objects of a class of the runtime's are transferred. */
export interface Transferable {
  is(value: unknown): boolean;
  /** Why an object cannot be transferred now, as "a MessagePort that is detached"; undefined if it can. */
  obstacle(object: object): string | undefined;
  /** Makes the object that stands for one on the other side. */
  receiver(object: object): object;
  /** Moves what is behind an object to its receiver. */
  move(object: object, receiver: object): void;
}

/** MessagePort and the streams, which are features above this one, or beside it. */
const transferables: Transferable[] = [];

/** Teaches this module a class. */
export function addTransferable(transferable: Transferable): void {
  transferables[transferables.length] = transferable;
}

function transferableOf(value: unknown): Transferable | undefined {
  for (let i = 0; i < transferables.length; i++) {
    if (transferables[i]!.is(value)) return transferables[i];
  }
  return undefined;
}

/** An object to be transferred. */
interface Transfer {
  object: object;
  receiver: object;
  kind: Transferable;
}

/** The global structuredClone. */
export function structuredClone(value: unknown, options: unknown = undefined): unknown {
  requireArguments(arguments.length, 1, "structuredClone");
  const { transfer } = dictionary(options, "structuredClone: the options");
  return cloneWithTransfer(value, transfer === undefined ? [] : toSequence(transfer, (item) => item, "structuredClone: transfer")).value;
}

/** Clones a value and transfers what is listed. moved is what has come out of the list, in its order, but for the ArrayBuffers. */
export function cloneWithTransfer(value: unknown, transfer: readonly unknown[]): { value: unknown; moved: readonly object[] } {
  if (transfer.length === 0) {
    if (isDOMException(value)) return { value: cloneException(value), moved: transfer as object[] };
    return { value: clonePlain(value, [], isPlatformObject, clonePlatformObject), moved: transfer as object[] };
  }
  const { buffers, transfers, receivers } = transferred(transfer);
  const copy = (object: object): object => receivers.get(object) ?? clonePlatformObject(object);
  const result = clonePlain(value, buffers, isPlatformObject, copy);
  const moved: object[] = [];
  for (let i = 0; i < transfers.length; i++) {
    const { object, receiver, kind } = transfers[i]!;
    requireTransferable(object, kind); // Getters of the value have run since it was listed.
    kind.move(object, receiver);
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

function requireTransferable(object: object, kind: Transferable): void {
  const obstacle = kind.obstacle(object);
  if (obstacle !== undefined) throw newCloneError(`A value to be transferred is ${obstacle}`);
}

/** What is listed to be transferred, each once and each such that it can be: ArrayBuffers, and objects with their receivers. */
function transferred(list: readonly unknown[]) {
  const buffers: ArrayBuffer[] = [];
  const transfers: Transfer[] = [];
  const receivers = new SafeMap<object, object>();
  const seen = new SafeSet<unknown>();
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (seen.has(item)) throw newCloneError("A value to be transferred is listed twice");
    seen.add(item);
    if (isArrayBuffer(item)) {
      if (ArrayBufferPrototypeGetDetached(item)) throw newCloneError("A value to be transferred is an ArrayBuffer that is detached");
      buffers[buffers.length] = item;
      continue;
    }
    const kind = transferableOf(item);
    if (kind === undefined) throw newCloneError("A value to be transferred is neither an ArrayBuffer nor a MessagePort nor a stream");
    const object = item as object;
    requireTransferable(object, kind);
    const receiver = kind.receiver(object);
    transfers[transfers.length] = { object, receiver, kind };
    receivers.set(object, receiver);
  }
  return { buffers, transfers, receivers };
}

// Exceptions on their way to the host, and failures on their way from it.
import { SafeWeakMap } from "../jsapi/core/primordials.ts";

const { describeError } = __host;

/** Names an exception whose name and message are no plain properties, or returns undefined. */
type Namer = (error: unknown) => { name: string; message: string } | undefined;
/** Makes an exception of a class that the language does not have. */
type Maker = (name: string, message: string) => unknown;

let namer: Namer = () => undefined;
let maker: Maker = (_, message) => new Error(message);

/** Teaches this module DOMException, which is a feature above it. */
export function setErrorClass(name: Namer, make: Maker): void {
  namer = name;
  maker = make;
}

/** An exception as the payload of a frame. */
export function describe(error: unknown): Uint8Array<ArrayBuffer> {
  const named = namer(error);
  return named === undefined ? describeError(error) : describeError(error, named.name, named.message);
}

/** Which fault of an origin is behind an exception. */
const faults = new SafeWeakMap<object, number>();

/** The exception that a failure of the host becomes; fault is the host's number for what is behind it, 0 for none. */
export function makeError(name: string, message: string, fault = 0): unknown {
  const error = newError(name, message);
  if (fault !== 0) faults.set(error as object, fault);
  return error;
}

/** The number of the fault that an exception was made of; 0 for none. */
export function faultOf(error: unknown): number {
  return faults.get(error as object) ?? 0;
}

function newError(name: string, message: string): unknown {
  switch (name) {
    case "TypeError":
      return new TypeError(message);
    case "RangeError":
      return new RangeError(message);
    case "Error":
      return new Error(message);
    default:
      return maker(name, message);
  }
}

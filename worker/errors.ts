// Exceptions on their way to the host, and failures on their way from it.
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

/** The exception that a failure of the host becomes. */
export function makeError(name: string, message: string): unknown {
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

// The parts of a described exception that an ErrorEvent has. The form is that of v8/error.cc.
const { utf8Decode } = __host;

export interface Description {
  name: string;
  message: string;
  /** Where it was thrown; "", 0 and 0 if that is not known. Line and column count from 1. */
  file: string;
  line: number;
  column: number;
}

/** Reads what describeError returns. */
export function readDescription(bytes: Uint8Array): Description {
  let at = 0;
  const word = (): number => {
    const value = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    at += 4;
    return value >>> 0;
  };
  const text = (): string => {
    const length = word();
    at += length;
    return utf8Decode(bytes, at - length, at);
  };
  const name = text();
  const message = text();
  text(); // The source line.
  if (word() === 0) return { name, message, file: "", line: 0, column: 0 };
  text(); // The function.
  return { name, message, file: text(), line: word(), column: word() };
}

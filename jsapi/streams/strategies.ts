// Queuing strategies (Streams §7): the two classes, and what the constructors of
// streams take out of a strategy that an app gives.

import { ObjectDefineProperty, RangeError, TypeError } from "../core/primordials.ts";
import {
  callbackFunction,
  defineInterface,
  dictionary,
  requireArguments,
  unrestrictedDouble,
} from "../core/webidl.ts";

/** The size of a chunk, which may throw. Undefined stands for the algorithm that returns 1. */
export type SizeAlgorithm = (chunk: unknown) => number;

/** The dictionary QueuingStrategy, converted. */
export interface QueuingStrategy {
  highWaterMark: number | undefined;
  size: ((chunk?: unknown) => unknown) | undefined;
}

// The size functions are arrow functions because they have neither [[Construct]] nor `prototype`.
const byteLengthSize = sizeFunction((chunk: any) => chunk.byteLength);
const countSize = sizeFunction(() => 1);

/** Names a size function by hand, for a bundler may take another name. */
function sizeFunction<F extends object>(size: F): F {
  return ObjectDefineProperty(size, "name", { __proto__: null, value: "size" } as never);
}

export class ByteLengthQueuingStrategy {
  readonly #highWaterMark: number;

  constructor(init: unknown) {
    requireArguments(arguments.length, 1, "ByteLengthQueuingStrategy");
    this.#highWaterMark = requiredHighWaterMark(init, "ByteLengthQueuingStrategy");
  }

  get highWaterMark(): number {
    return this.#highWaterMark;
  }

  get size(): (chunk: unknown) => unknown {
    void this.#highWaterMark; // The brand check.
    return byteLengthSize;
  }
}

export class CountQueuingStrategy {
  readonly #highWaterMark: number;

  constructor(init: unknown) {
    requireArguments(arguments.length, 1, "CountQueuingStrategy");
    this.#highWaterMark = requiredHighWaterMark(init, "CountQueuingStrategy");
  }

  get highWaterMark(): number {
    return this.#highWaterMark;
  }

  get size(): () => number {
    void this.#highWaterMark; // The brand check.
    return countSize;
  }
}

defineInterface(ByteLengthQueuingStrategy, "ByteLengthQueuingStrategy", { enumerable: ["highWaterMark", "size"] });
defineInterface(CountQueuingStrategy, "CountQueuingStrategy", { enumerable: ["highWaterMark", "size"] });

function requiredHighWaterMark(init: unknown, what: string): number {
  const { highWaterMark } = dictionary(init, `${what}: the argument`);
  if (highWaterMark === undefined) throw new TypeError(`${what}: the member 'highWaterMark' is required`);
  return unrestrictedDouble(highWaterMark);
}

/** Converts the dictionary QueuingStrategy; what names the argument in errors. */
export function queuingStrategy(value: unknown, what: string): QueuingStrategy {
  const given = dictionary(value, what);
  const highWaterMark = given.highWaterMark;
  const converted = highWaterMark === undefined ? undefined : unrestrictedDouble(highWaterMark);
  const size = given.size;
  return {
    highWaterMark: converted,
    size: size === undefined ? undefined : callbackFunction(size, `${what}: the member 'size'`),
  };
}

/** ExtractHighWaterMark */
export function highWaterMarkOf(strategy: QueuingStrategy, fallback: number): number {
  const value = strategy.highWaterMark;
  if (value === undefined) return fallback;
  if (!(value >= 0)) throw new RangeError(`A queuing strategy's highWaterMark must not be ${value}`);
  return value;
}

/** ExtractSizeAlgorithm */
export function sizeAlgorithmOf(strategy: QueuingStrategy): SizeAlgorithm | undefined {
  const size = strategy.size;
  if (size === undefined || size === countSize) return undefined;
  return (chunk) => unrestrictedDouble(size(chunk));
}

// TransformStream and TransformStreamDefaultController as apps see them (Streams §6.2, §6.3).

import { RangeError, ReflectApply, TypeError } from "../core/primordials.ts";
import { defineInterface, dictionary, isObject } from "../core/webidl.ts";
import { type Callback, optionalCallback } from "./callbacks.ts";
import { illegalConstructor, internal } from "./internal.ts";
import { resolvedWith } from "./promises.ts";
import { type ReadableStream, wrapReadable } from "./readable.ts";
import { highWaterMarkOf, queuingStrategy, sizeAlgorithmOf } from "./strategies.ts";
import { Transform, type Transformer } from "./transform-core.ts";
import { type WritableStream, wrapWritable } from "./writable.ts";

/** What a TransformStream has of its slots: one that was transferred has no other. */
type Sides = Pick<Transform, "readable" | "writable">;

/** The sides of a value that is a TransformStream, or undefined. */
export let transformOf: (value: unknown) => Sides | undefined;

export class TransformStream {
  readonly #slots: Sides;

  static {
    transformOf = (value) => (isObject(value) && #slots in value ? value.#slots : undefined);
  }

  constructor(
    transformer: unknown = undefined,
    writableStrategy: unknown = undefined,
    readableStrategy: unknown = undefined,
  ) {
    if (transformer === internal) {
      this.#slots = writableStrategy as Sides;
      return;
    }
    if (transformer !== undefined && !isObject(transformer)) {
      throw new TypeError("TransformStream: the transformer is not an object");
    }
    const writable = queuingStrategy(writableStrategy, "TransformStream: the writable strategy");
    const readable = queuingStrategy(readableStrategy, "TransformStream: the readable strategy");
    const algorithms = new AppTransformer(transformer);
    const readableHighWaterMark = highWaterMarkOf(readable, 0);
    const writableHighWaterMark = highWaterMarkOf(writable, 1);
    const slots = new Transform(algorithms, {
      writableHighWaterMark,
      writableSize: sizeAlgorithmOf(writable),
      readableHighWaterMark,
      readableSize: sizeAlgorithmOf(readable),
    });
    this.#slots = slots;
    algorithms.controller = new TransformStreamDefaultController(internal, slots);
    slots.begin();
  }

  get readable(): ReadableStream {
    return wrapReadable(this.#slots.readable);
  }

  get writable(): WritableStream {
    return wrapWritable(this.#slots.writable);
  }
}

export class TransformStreamDefaultController {
  readonly #slots: Transform;

  constructor(token: unknown, slots: Transform) {
    if (token !== internal) illegalConstructor();
    this.#slots = slots;
  }

  get desiredSize(): number | null {
    return this.#slots.desiredSize();
  }

  enqueue(chunk: unknown = undefined): void {
    this.#slots.enqueue(chunk);
  }

  error(reason: unknown = undefined): void {
    this.#slots.error(reason);
  }

  terminate(): void {
    this.#slots.terminate();
  }
}

defineInterface(TransformStream, "TransformStream", { enumerable: ["readable", "writable"], length: 0 });
defineInterface(TransformStreamDefaultController, "TransformStreamDefaultController", {
  enumerable: ["desiredSize", "enqueue", "error", "terminate"],
  length: 0,
});

/** The algorithms of a transformer that an app gave: its callbacks, given the controller that apps see (§6.4.1). */
class AppTransformer implements Transformer {
  controller: unknown = undefined;
  private readonly onCancel: Callback | undefined;
  private readonly onFlush: Callback | undefined;
  private readonly onStart: Callback | undefined;
  readonly transform: ((chunk: unknown) => unknown) | undefined;

  /** Converts the dictionary Transformer, member by member in its order. */
  constructor(private readonly object: unknown) {
    const what = "TransformStream: the transformer";
    const given = dictionary(object, what);
    this.onCancel = optionalCallback(given.cancel, what, "cancel");
    this.onFlush = optionalCallback(given.flush, what, "flush");
    const readableType = given.readableType;
    this.onStart = optionalCallback(given.start, what, "start");
    const transform = optionalCallback(given.transform, what, "transform");
    const writableType = given.writableType;
    if (readableType !== undefined) throw new RangeError("TransformStream: the transformer must have no 'readableType'");
    if (writableType !== undefined) throw new RangeError("TransformStream: the transformer must have no 'writableType'");
    this.transform =
      transform === undefined ? undefined : (chunk) => ReflectApply(transform, object, [chunk, this.controller]);
  }

  start(): unknown {
    return this.onStart === undefined ? undefined : ReflectApply(this.onStart, this.object, [this.controller]);
  }

  flush(): unknown {
    return this.onFlush === undefined ? undefined : resolvedWith(ReflectApply(this.onFlush, this.object, [this.controller]));
  }

  cancel(reason: unknown): unknown {
    return this.onCancel === undefined ? undefined : resolvedWith(ReflectApply(this.onCancel, this.object, [reason]));
  }
}

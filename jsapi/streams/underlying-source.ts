// Underlying sources: the objects with start, pull and cancel that apps give to
// the constructor of ReadableStream (Streams §4.2.3, §4.9.4–4.9.5).

import { ReflectApply, TypeError } from "../core/primordials.ts";
import { dictionary, enumValue, unsignedLongLongEnforceRange } from "../core/webidl.ts";
import { type Callback, optionalCallback } from "./callbacks.ts";
import { internal } from "./internal.ts";
import { resolvedWith } from "./promises.ts";
import { ByteController } from "./readable-byte.ts";
import { ReadableByteStreamController } from "./readable-byte-interfaces.ts";
import type { Source } from "./readable-controller.ts";
import type { Readable } from "./readable-core.ts";
import { DefaultController, ReadableStreamDefaultController } from "./readable-default.ts";
import type { SizeAlgorithm } from "./strategies.ts";

/** The dictionary UnderlyingSource, converted, with the object that its callbacks are called on. */
export interface UnderlyingSource {
  object: unknown;
  autoAllocateChunkSize: number | undefined;
  cancel: Callback | undefined;
  pull: Callback | undefined;
  start: Callback | undefined;
  bytes: boolean;
}

/** Converts the dictionary UnderlyingSource, member by member in its order. */
export function underlyingSource(object: unknown): UnderlyingSource {
  const what = "ReadableStream: the underlying source";
  const given = dictionary(object, what);
  const size = given.autoAllocateChunkSize;
  const autoAllocateChunkSize =
    size === undefined ? undefined : unsignedLongLongEnforceRange(size, "ReadableStream: autoAllocateChunkSize");
  const cancel = optionalCallback(given.cancel, what, "cancel");
  const pull = optionalCallback(given.pull, what, "pull");
  const start = optionalCallback(given.start, what, "start");
  const type = given.type;
  if (type !== undefined) enumValue(type, ["bytes"], "ReadableStream: the underlying source's type");
  return { object, autoAllocateChunkSize, cancel, pull, start, bytes: type !== undefined };
}

/** SetUpReadableStreamDefaultControllerFromUnderlyingSource */
export function setUpDefaultSource(
  stream: Readable,
  source: UnderlyingSource,
  highWaterMark: number,
  size: SizeAlgorithm | undefined,
): void {
  const algorithms = new AppSource(source);
  const controller = new DefaultController(stream, algorithms, highWaterMark, size, false);
  algorithms.controller = new ReadableStreamDefaultController(internal, controller);
  controller.start();
}

/** SetUpReadableByteStreamControllerFromUnderlyingSource */
export function setUpByteSource(stream: Readable, source: UnderlyingSource, highWaterMark: number): void {
  const algorithms = new AppSource(source);
  if (source.autoAllocateChunkSize === 0) throw new TypeError("ReadableStream: autoAllocateChunkSize must not be 0");
  const controller = new ByteController(stream, algorithms, highWaterMark, source.autoAllocateChunkSize, false);
  algorithms.controller = new ReadableByteStreamController(internal, controller);
  controller.start();
}

/** The algorithms of an underlying source: its callbacks, given the controller that apps see. */
class AppSource implements Source {
  controller: unknown = undefined;
  readonly pull: (() => unknown) | undefined;

  constructor(private readonly source: UnderlyingSource) {
    const { pull, object } = source;
    this.pull = pull === undefined ? undefined : () => ReflectApply(pull, object, [this.controller]);
  }

  start(): unknown {
    const { start, object } = this.source;
    return start === undefined ? undefined : ReflectApply(start, object, [this.controller]);
  }

  cancel(reason: unknown): unknown {
    const { cancel, object } = this.source;
    return cancel === undefined ? undefined : resolvedWith(ReflectApply(cancel, object, [reason]));
  }
}

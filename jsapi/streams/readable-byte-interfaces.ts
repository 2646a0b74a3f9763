// What apps see of a byte stream's controller: ReadableByteStreamController and
// ReadableStreamBYOBRequest (Streams §4.7, §4.8).

import { TypeError } from "../core/primordials.ts";
import { defineInterface, requireArguments, unsignedLongLongEnforceRange } from "../core/webidl.ts";
import { arrayBufferView, byteLengthOf, isDetached, viewBuffer, viewRange } from "./buffers.ts";
import { illegalConstructor, internal } from "./internal.ts";
import type { ByobRequest, ByteController } from "./readable-byte.ts";
import { cannot } from "./readable-default.ts";

export class ReadableByteStreamController {
  readonly #controller: ByteController;

  constructor(token: unknown, controller: ByteController) {
    if (token !== internal) illegalConstructor();
    this.#controller = controller;
  }

  get byobRequest(): ReadableStreamBYOBRequest | null {
    const request = this.#controller.getByobRequest();
    if (request === undefined) return null;
    return (request.wrapper ??= new ReadableStreamBYOBRequest(internal, request)) as ReadableStreamBYOBRequest;
  }

  get desiredSize(): number | null {
    return this.#controller.desiredSize();
  }

  close(): void {
    const controller = this.#controller;
    if (!controller.isOpen()) throw cannot("close", controller);
    controller.close();
  }

  enqueue(chunk: unknown): void {
    const controller = this.#controller;
    requireArguments(arguments.length, 1, "ReadableByteStreamController.enqueue");
    const view = arrayBufferView(chunk, "ReadableByteStreamController.enqueue: the chunk");
    if (viewRange(view).byteLength === 0) throw new TypeError("The chunk is an empty view");
    if (byteLengthOf(viewBuffer(view)) === 0) throw new TypeError("The chunk's buffer is empty");
    if (!controller.isOpen()) throw cannot("enqueue", controller);
    controller.enqueueTransferred(view);
  }

  error(e: unknown = undefined): void {
    this.#controller.error(e);
  }
}

export class ReadableStreamBYOBRequest {
  readonly #request: ByobRequest;

  constructor(token: unknown, request: ByobRequest) {
    if (token !== internal) illegalConstructor();
    this.#request = request;
  }

  get view(): Uint8Array | null {
    return this.#request.view;
  }

  respond(bytesWritten: unknown): void {
    const request = this.#request;
    requireArguments(arguments.length, 1, "ReadableStreamBYOBRequest.respond");
    const count = unsignedLongLongEnforceRange(bytesWritten, "ReadableStreamBYOBRequest.respond: bytesWritten");
    const controller = controllerOf(request);
    if (isDetached(viewBuffer(request.view!))) throw new TypeError("The BYOB request's buffer is detached");
    controller.respond(count);
  }

  respondWithNewView(view: unknown): void {
    const request = this.#request;
    requireArguments(arguments.length, 1, "ReadableStreamBYOBRequest.respondWithNewView");
    const given = arrayBufferView(view, "ReadableStreamBYOBRequest.respondWithNewView: the view");
    const controller = controllerOf(request);
    if (isDetached(viewBuffer(given))) throw new TypeError("The view's buffer is detached");
    controller.respondWithNewView(given);
  }
}

function controllerOf(request: ByobRequest): ByteController {
  if (request.controller === undefined) throw new TypeError("The BYOB request has been responded to already");
  return request.controller;
}

defineInterface(ReadableByteStreamController, "ReadableByteStreamController", {
  enumerable: ["byobRequest", "desiredSize", "close", "enqueue", "error"],
  length: 0,
});
defineInterface(ReadableStreamBYOBRequest, "ReadableStreamBYOBRequest", {
  enumerable: ["view", "respond", "respondWithNewView"],
  length: 0,
});

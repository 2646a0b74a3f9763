// FileReader: https://w3c.github.io/FileAPI/#APIASynch
// A Blob is in memory, so that a read has three steps, each behind the running code: loadstart, progress, load.

import { DOMException } from "../events/domexception.ts";
import { defineEventHandler, EventTarget, fireEvent } from "../events/eventtarget.ts";
import { ProgressEvent } from "../events/progress.ts";
import { defineInterface, DOMString, illegalInvocation, requireArguments } from "../core/webidl.ts";
import { StringPrototypeToLowerCase, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength, TypeError } from "../core/primordials.ts";
import { type Blob, blobBytesSync, blobSize, blobType, isBlob } from "../blob/index.ts";
import { Decoder, encodeBase64, encodingName } from "../encoding/index.ts";
import { parseMIMEType } from "../fetch/mime.ts";
import { addTimer } from "../timers/index.ts";

const { latin1Decode } = __host;

type Bytes = Uint8Array<ArrayBuffer>;

const EMPTY = 0;
const LOADING = 1;
const DONE = 2;

export class FileReader extends EventTarget {
  #state = EMPTY;
  #result: string | ArrayBuffer | null = null;
  #error: DOMException | null = null;
  /** The last read, unless it was aborted. */
  #read: object | null = null;

  get readyState(): number {
    return #state in this ? this.#state : illegalInvocation();
  }

  get result(): string | ArrayBuffer | null {
    return #state in this ? this.#result : illegalInvocation();
  }

  get error(): DOMException | null {
    return #state in this ? this.#error : illegalInvocation();
  }

  readAsArrayBuffer(blob: unknown): void {
    if (!(#state in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "FileReader.readAsArrayBuffer");
    this.#begin(blob, (bytes) => TypedArrayPrototypeGetBuffer(bytes));
  }

  readAsBinaryString(blob: unknown): void {
    if (!(#state in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "FileReader.readAsBinaryString");
    this.#begin(blob, (bytes) => latin1Decode(bytes, 0, TypedArrayPrototypeGetLength(bytes)));
  }

  readAsText(blob: unknown, encoding: unknown = undefined): void {
    if (!(#state in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "FileReader.readAsText");
    const label = encoding === undefined ? undefined : DOMString(encoding);
    this.#begin(blob, (bytes, type) => decode(bytes, encodingFor(label, type)));
  }

  readAsDataURL(blob: unknown): void {
    if (!(#state in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "FileReader.readAsDataURL");
    this.#begin(blob, (bytes, type) => `data:${type || "application/octet-stream"};base64,${encodeBase64(bytes)}`);
  }

  abort(): void {
    if (!(#state in this)) illegalInvocation();
    this.#result = null;
    if (this.#state !== LOADING) return;
    this.#state = DONE;
    this.#read = null;
    this.#fire("abort", 0, 0);
    if (this.#state === DONE) this.#fire("loadend", 0, 0);
  }

  /** "read operation" */
  #begin(blob: unknown, packageData: (bytes: Bytes, type: string) => string | ArrayBuffer): void {
    if (!isBlob(blob)) throw new TypeError("FileReader: the argument is not a Blob");
    if (this.#state === LOADING) throw new DOMException("The reader is reading already", "InvalidStateError");
    this.#state = LOADING;
    this.#result = null;
    this.#error = null;
    const read = (this.#read = {});
    const step = (run: () => void): void => {
      addTimer(0, () => {
        if (this.#read === read) run();
      });
    };
    const size = blobSize(blob);
    step(() => {
      step(() => {
        step(() => {
          // Its own step, so that what a listener of load waits for has come before.
          step(() => this.#fire("loadend", size, size));
          this.#end(blob, size, packageData);
        });
        if (size > 0) this.#fire("progress", size, size);
      });
      this.#fire("loadstart", 0, size);
    });
  }

  #end(blob: Blob, size: number, packageData: (bytes: Bytes, type: string) => string | ArrayBuffer): void {
    this.#state = DONE;
    try {
      this.#result = packageData(blobBytesSync(blob), blobType(blob));
    } catch {
      this.#error = new DOMException("The Blob is too large to be read", "NotReadableError");
    }
    this.#fire(this.#error === null ? "load" : "error", size, size);
  }

  #fire(type: string, loaded: number, total: number): void {
    fireEvent(this, new ProgressEvent(type, { __proto__: null, lengthComputable: total > 0, loaded, total }));
  }
}

/** "package data", how an encoding is found. */
function encodingFor(label: string | undefined, type: string): string {
  const given = label === undefined ? undefined : encodingName(label);
  if (given !== undefined) return given;
  const charset = parseMIMEType(type)?.parameters.get("charset");
  return (charset === undefined ? undefined : encodingName(charset)) ?? "UTF-8";
}

/** Encoding "decode": a byte order mark says more than the name of an encoding. */
function decode(bytes: Bytes, encoding: string): string {
  let name = encoding;
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) name = "UTF-8";
  else if (bytes[0] === 0xfe && bytes[1] === 0xff) name = "UTF-16BE";
  else if (bytes[0] === 0xff && bytes[1] === 0xfe) name = "UTF-16LE";
  if (name === "replacement") return TypedArrayPrototypeGetLength(bytes) === 0 ? "" : "\ufffd";
  return new Decoder(StringPrototypeToLowerCase(name), false, false).decode(bytes, true);
}

const events = ["loadstart", "progress", "load", "abort", "error", "loadend"];
for (let i = 0; i < events.length; i++) defineEventHandler(FileReader.prototype, events[i]!);
defineInterface(FileReader, "FileReader", {
  enumerable: ["readAsArrayBuffer", "readAsBinaryString", "readAsText", "readAsDataURL", "abort", "readyState", "result", "error"],
  constants: { EMPTY, LOADING, DONE },
});

// Blob and File (File API, https://w3c.github.io/FileAPI/).

import {
  DateNow,
  MathMax,
  MathMin,
  RegExpPrototypeTest,
  StringPrototypeCharCodeAt,
  StringPrototypeSlice,
  StringPrototypeToLowerCase,
  TypedArrayPrototypeGetBuffer,
  Uint8Array,
} from "../core/primordials.ts";
import {
  bufferSource,
  defineInterface,
  dictionary,
  DOMString,
  enumValue,
  illegalInvocation,
  isBufferSource,
  isObject,
  longLong,
  longLongClamp,
  requireArguments,
  toSequence,
  USVString,
} from "../core/webidl.ts";
import { close, createReadableByteStream, enqueue, type ReadableStream } from "../streams/index.ts";
import { joinParts, lengthOf, sliceParts, totalLength, viewOf, type Bytes } from "./bytes.ts";

const { utf8Decode, utf8Encode } = __host;

/** The internal slots of a Blob. */
interface Data {
  readonly parts: readonly Bytes[];
  readonly size: number;
  readonly type: string;
}

const emptyData: Data = { parts: [], size: 0, type: "" };

/** Bytes in one chunk of Blob.stream(). */
const chunkSize = 64 * 1024;

let slotOf: (blob: object) => Data | undefined;
let setSlot: (blob: Blob, data: Data) => void;

export class Blob {
  #data = emptyData;

  static {
    slotOf = (blob) => (#data in blob ? blob.#data : undefined);
    setSlot = (blob, data) => {
      blob.#data = data;
    };
  }

  constructor(blobParts: unknown = undefined, options: unknown = undefined) {
    if (blobParts === undefined && options === undefined) return;
    const parts = blobParts === undefined ? [] : toSequence(blobParts, toPart, "Blob: the parts");
    const dict = dictionary(options, "Blob: the options");
    const bag = toPropertyBag(dict);
    this.#data = processParts(parts, bag);
  }

  get size(): number {
    return dataOf(this).size;
  }

  get type(): string {
    return dataOf(this).type;
  }

  slice(start: unknown = undefined, end: unknown = undefined, contentType: unknown = undefined): Blob {
    const { parts, size } = dataOf(this);
    const from = relative(start === undefined ? 0 : longLongClamp(start), size);
    const to = relative(end === undefined ? size : longLongClamp(end), size);
    const type = contentType === undefined ? "" : normalizeType(DOMString(contentType));
    return newBlob(sliceParts(parts, from, to), type);
  }

  stream(): ReadableStream {
    return streamParts(dataOf(this).parts);
  }

  async text(): Promise<string> {
    const { parts } = dataOf(this);
    const bytes = parts.length === 1 ? parts[0]! : joinParts(parts);
    const size = lengthOf(bytes);
    // "UTF-8 decode", which takes off a byte order mark.
    const marked = size >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    return utf8Decode(bytes, marked ? 3 : 0, size);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return TypedArrayPrototypeGetBuffer(joinParts(dataOf(this).parts));
  }

  async bytes(): Promise<Bytes> {
    return joinParts(dataOf(this).parts);
  }
}

defineInterface(Blob, "Blob", { enumerable: ["size", "type", "slice", "stream", "text", "arrayBuffer", "bytes"] });

/** The first argument of File's constructor when the runtime makes one; no app can get at it. */
const internal = {};

let fileSlotOf: (file: object) => { name: string; lastModified: number } | undefined;

export class File extends Blob {
  #name: string;
  #lastModified: number;

  static {
    fileSlotOf = (file) => (#name in file ? { name: file.#name, lastModified: file.#lastModified } : undefined);
  }

  constructor(fileBits: unknown, fileName: unknown, options: unknown = undefined) {
    requireArguments(arguments.length, 2, "File");
    super();
    if (fileBits === internal) {
      this.#name = fileName as string;
      this.#lastModified = options as number;
      return;
    }
    const parts = toSequence(fileBits, toPart, "File: the bits");
    this.#name = USVString(fileName);
    const dict = dictionary(options, "File: the options");
    const bag = toPropertyBag(dict);
    const { lastModified } = dict;
    this.#lastModified = lastModified === undefined ? DateNow() : longLong(lastModified);
    setSlot(this, processParts(parts, bag));
  }

  get name(): string {
    return #name in this ? this.#name : illegalInvocation();
  }

  get lastModified(): number {
    return #name in this ? this.#lastModified : illegalInvocation();
  }
}

defineInterface(File, "File", { enumerable: ["name", "lastModified"] });

// --- Construction -----------------------------------------------------------

type Part = ArrayBuffer | ArrayBufferView | Blob | string;
interface PropertyBag {
  native: boolean;
  type: string;
}

function toPart(value: unknown): Part {
  return isBlob(value) || isBufferSource(value) ? value : USVString(value);
}

function toPropertyBag(dict: Readonly<Record<string, unknown>>): PropertyBag {
  const { endings } = dict;
  const native = endings !== undefined && enumValue(endings, ["transparent", "native"], "Blob: endings") === "native";
  const { type } = dict;
  return { native, type: type === undefined ? "" : normalizeType(DOMString(type)) };
}

/** File API "process blob parts". */
function processParts(parts: readonly Part[], bag: PropertyBag): Data {
  const list: Bytes[] = [];
  for (let i = 0; i < parts.length; i++) appendPart(list, parts[i]!, bag.native);
  return { parts: list, size: totalLength(list), type: bag.type };
}

function appendPart(list: Bytes[], part: Part, native: boolean): void {
  if (typeof part === "string") {
    append(list, utf8Encode(native ? toNativeEndings(part) : part));
  } else if (isBlob(part)) {
    const { parts } = dataOf(part);
    for (let i = 0; i < parts.length; i++) append(list, parts[i]!);
  } else {
    append(list, new Uint8Array(bufferSource(part, "Blob: a part")));
  }
}

function append(list: Bytes[], bytes: Bytes): void {
  if (lengthOf(bytes) > 0) list[list.length] = bytes;
}

/** File API "convert line endings to native", which are those of Unix here whatever the machine is. */
function toNativeEndings(text: string): string {
  let result = "";
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (StringPrototypeCharCodeAt(text, i) !== 0x0d) continue;
    result += StringPrototypeSlice(text, start, i) + "\n";
    if (i + 1 < text.length && StringPrototypeCharCodeAt(text, i + 1) === 0x0a) i++;
    start = i + 1;
  }
  return start === 0 ? text : result + StringPrototypeSlice(text, start);
}

const outsideType = /[^\x20-\x7e]/;

/** A type as File API wants it of an app: in lower case, or "" when it is not ASCII. */
export function normalizeType(type: string): string {
  return RegExpPrototypeTest(outsideType, type) ? "" : StringPrototypeToLowerCase(type);
}

function relative(index: number, size: number): number {
  return index < 0 ? MathMax(size + index, 0) : MathMin(index, size);
}

function dataOf(blob: unknown): Data {
  return (isObject(blob) ? slotOf(blob) : undefined) ?? illegalInvocation();
}

/** A byte stream of copies, made as they are asked for. */
function streamParts(parts: readonly Bytes[]): ReadableStream {
  let index = 0;
  let offset = 0;
  return createReadableByteStream(
    {
      pull(controller) {
        if (index === parts.length) {
          close(controller);
          return;
        }
        const part = parts[index]!;
        const length = lengthOf(part);
        const end = MathMin(offset + chunkSize, length);
        enqueue(controller, new Uint8Array(viewOf(part, offset, end)));
        offset = end;
        if (offset === length) {
          index++;
          offset = 0;
        }
        if (index === parts.length) close(controller);
      },
      cancel() {
        index = parts.length;
      },
    },
    0,
  );
}

// --- For the rest of the runtime ---------------------------------------------

/** Whether a value is a Blob or File, by its brand. */
export function isBlob(value: unknown): value is Blob {
  return isObject(value) && slotOf(value) !== undefined;
}

/** Whether a value is a File, by its brand. */
export function isFile(value: unknown): value is File {
  return isObject(value) && fileSlotOf(value) !== undefined;
}

/** The bytes of a Blob, as the ranges that it holds: neither write to them nor hand them to an app. */
export function blobParts(blob: Blob): readonly Bytes[] {
  return dataOf(blob).parts;
}

/** The bytes of a Blob in a new buffer, which is the caller's. */
export function blobBytesSync(blob: Blob): Bytes {
  return joinParts(dataOf(blob).parts);
}

export function blobSize(blob: Blob): number {
  return dataOf(blob).size;
}

export function blobType(blob: Blob): string {
  return dataOf(blob).type;
}

/** A stream of a Blob's bytes, whatever an app made of Blob.prototype.stream. */
export function blobStream(blob: Blob): ReadableStream {
  return streamParts(dataOf(blob).parts);
}

/** A File's name and time of last modification, in milliseconds since 1970. */
export function fileFacts(file: File): { name: string; lastModified: number } {
  return fileSlotOf(file) ?? illegalInvocation();
}

/** A Blob of these parts, of which it becomes the owner: nobody may write to them any more. The type is taken as it is. */
export function newBlob(parts: readonly Bytes[], type = ""): Blob {
  const blob = new Blob();
  setSlot(blob, { parts, size: totalLength(parts), type });
  return blob;
}

/** A File of these parts, owned as in newBlob. */
export function newFile(parts: readonly Bytes[], name: string, type: string, lastModified = DateNow()): File {
  const file = new File(internal, name, lastModified);
  setSlot(file, { parts, size: totalLength(parts), type });
  return file;
}

/** A Blob or File like another, sharing its bytes: what structured cloning of it gives. */
export function cloneBlob(blob: Blob): Blob {
  const { parts, type } = dataOf(blob);
  if (!isFile(blob)) return newBlob(parts, type);
  const { name, lastModified } = fileFacts(blob);
  return newFile(parts, name, type, lastModified);
}

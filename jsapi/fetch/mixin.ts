// The methods that Request and Response share (Fetch §5.3, the Body mixin). They
// are defined once for both classes, each with its own brand check.
import { ObjectDefineProperties, ObjectGetOwnPropertyDescriptor, PromiseReject, TypeError } from "../core/primordials.ts";
import type { ReadableStream } from "../streams/readable.ts";
import { consume, toArrayBuffer, toBlob, toFormData, toJSON, toOwnBytes, toText, type Body } from "./body.ts";
import type { HeaderList } from "./headers.ts";

/** What the mixin needs to know of an object: null for one of another class. */
export interface BodyHolder {
  readonly body: Body | null;
  readonly headers: HeaderList;
}

export const bodyMembers = ["body", "bodyUsed", "arrayBuffer", "blob", "bytes", "formData", "json", "text"] as const;

/** Gives a class the members of the mixin. */
export function mixInBody(klass: { prototype: object }, holderOf: (value: object) => BodyHolder | null): void {
  const holder = (value: object): BodyHolder => {
    const found = holderOf(value);
    if (found === null) throw new TypeError("Illegal invocation");
    return found;
  };
  // A method that returns a promise answers a wrong `this` with a rejection.
  const read = <T>(value: object, run: (holder: BodyHolder) => Promise<T>): Promise<T> => {
    const found = holderOf(value);
    return found === null ? PromiseReject(new TypeError("Illegal invocation")) : run(found);
  };
  const members = {
    get body(): ReadableStream | null {
      return holder(this).body?.stream ?? null;
    },
    get bodyUsed(): boolean {
      return holder(this).body?.used ?? false;
    },
    arrayBuffer(): Promise<ArrayBuffer> {
      return read(this, (h) => consume(h.body, toArrayBuffer));
    },
    blob(): Promise<unknown> {
      return read(this, (h) => consume(h.body, toBlob(h.headers.get("content-type"))));
    },
    bytes(): Promise<Uint8Array> {
      return read(this, (h) => consume(h.body, toOwnBytes));
    },
    formData(): Promise<unknown> {
      return read(this, (h) => consume(h.body, toFormData(h.headers.get("content-type"))));
    },
    json(): Promise<unknown> {
      return read(this, (h) => consume(h.body, toJSON));
    },
    text(): Promise<string> {
      return read(this, (h) => consume(h.body, toText));
    },
  };
  for (let i = 0; i < bodyMembers.length; i++) {
    const key = bodyMembers[i]!;
    const descriptor = ObjectGetOwnPropertyDescriptor(members, key)!;
    ObjectDefineProperties(klass.prototype, { [key]: descriptor });
  }
}

// blob: URLs: https://w3c.github.io/FileAPI/#url
// One lives until it is revoked or the request that made it is over, and means something to that request alone.

import { ObjectDefineProperty, SafeMap, SafeWeakMap, TypeError } from "../core/primordials.ts";
import { DOMString, requireArguments } from "../core/webidl.ts";
import { currentContext } from "../../worker/context.ts";
import { type Blob, isBlob } from "../blob/index.ts";
import { newUUID } from "../crypto/index.ts";
import { apiOrigin, URL } from "../url/index.ts";

type Store = InstanceType<typeof SafeMap<string, Blob>>;

/** The blobs of each request, by their URLs. */
const stores = new SafeWeakMap<object, Store>();
/** Stands for the app while it loads. */
const app = {};

/** The Blob that a URL, without its fragment, stands for in the running code. */
export function blobOfURL(url: string): Blob | undefined {
  const context = currentContext();
  return (context === undefined ? undefined : stores.get(context)?.get(url)) ?? stores.get(app)?.get(url);
}

const statics = {
  createObjectURL(blob: unknown): string {
    requireArguments(arguments.length, 1, "URL.createObjectURL");
    if (!isBlob(blob)) throw new TypeError("URL.createObjectURL: the argument is not a Blob");
    const url = `blob:${apiOrigin()}/${newUUID()}`;
    const owner = currentContext() ?? app;
    let store = stores.get(owner);
    if (store === undefined) stores.set(owner, (store = new SafeMap<string, Blob>()));
    store.set(url, blob);
    return url;
  },

  revokeObjectURL(url: unknown): void {
    requireArguments(arguments.length, 1, "URL.revokeObjectURL");
    stores.get(currentContext() ?? app)?.delete(DOMString(url));
  },
};

/** Gives URL its two static methods. */
export function extendURL(): void {
  defineStatic("createObjectURL", statics.createObjectURL);
  defineStatic("revokeObjectURL", statics.revokeObjectURL);
}

function defineStatic(name: string, value: unknown): void {
  ObjectDefineProperty(URL, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true } as never);
}

// FileReader, and blob: URLs.

import { defineGlobal } from "../core/webidl.ts";
import { FileReader } from "./filereader.ts";
import { extendURL } from "./objecturl.ts";

export { blobOfURL } from "./objecturl.ts";

/** Sets the global, and the static methods of URL. */
export function install(): void {
  defineGlobal("FileReader", FileReader);
  extendURL();
}

// Streams that compress and decompress.

import { defineGlobal } from "../core/webidl.ts";
import { CompressionStream, DecompressionStream } from "./compression.ts";

/** Sets the globals. */
export function install(): void {
  defineGlobal("CompressionStream", CompressionStream);
  defineGlobal("DecompressionStream", DecompressionStream);
}

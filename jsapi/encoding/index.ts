// Text encodings and base64.

import { defineGlobal, defineGlobalMember } from "../core/webidl.ts";
import { atob, btoa } from "./base64.ts";
import { TextDecoder } from "./textdecoder.ts";
import { TextEncoder } from "./textencoder.ts";
import { TextDecoderStream, TextEncoderStream } from "./textstream.ts";

export { decodeBase64, encodeBase64 } from "./base64.ts";
export { Decoder } from "./decoders.ts";
export { encodingName } from "./labels.ts";

/** Sets the globals. */
export function install(): void {
  defineGlobal("TextDecoder", TextDecoder);
  defineGlobal("TextDecoderStream", TextDecoderStream);
  defineGlobal("TextEncoder", TextEncoder);
  defineGlobal("TextEncoderStream", TextEncoderStream);
  defineGlobalMember("atob", atob);
  defineGlobalMember("btoa", btoa);
}

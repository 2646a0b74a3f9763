// WebAssembly.compileStreaming and instantiateStreaming: https://webassembly.github.io/spec/web-api/#streaming-modules
// A module is compiled once it has come whole: V8 would compile on threads of its own, outside of any account.

import { StringPrototypeToLowerCase, StringPrototypeTrim, TypeError } from "../core/primordials.ts";
import { consume, toArrayBuffer } from "../fetch/body.ts";
import { isResponse, responseState } from "../fetch/response.ts";

/** The bytes of a module that a response holds, or will hold. */
export async function moduleBytes(source: unknown): Promise<ArrayBuffer> {
  const response = await source;
  if (!isResponse(response)) throw new TypeError("WebAssembly: the source of the module is not a Response");
  const { headers, status, body } = responseState(response);
  const type = StringPrototypeToLowerCase(StringPrototypeTrim(headers.get("content-type") ?? ""));
  if (type !== "application/wasm") throw new TypeError(`WebAssembly: the response's type is "${type}", and not "application/wasm"`);
  if (status < 200 || status > 299) throw new TypeError(`WebAssembly: the response has the status ${status}`);
  return consume(body, toArrayBuffer);
}

import { equal, ok, test } from "../core/testing.ts";

// The names of the Minimum Common Web API (ECMA-429, first edition).

const interfaces =
  "AbortController AbortSignal Blob ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException DecompressionStream " +
  "ErrorEvent Event EventTarget File FormData Headers MessageChannel MessageEvent MessagePort Performance PromiseRejectionEvent ReadableByteStreamController ReadableStream " +
  "ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader Request Response SubtleCrypto TextDecoder TextDecoderStream " +
  "TextEncoder TextEncoderStream TransformStream TransformStreamDefaultController URL URLPattern URLSearchParams WritableStream WritableStreamDefaultController " +
  "WritableStreamDefaultWriter";

const wasm = "CompileError Exception Global Instance JSTag LinkError Memory Module RuntimeError Table Tag compile compileStreaming instantiate instantiateStreaming validate";

const members =
  "atob btoa clearInterval clearTimeout console crypto fetch globalThis navigator onerror onrejectionhandled onunhandledrejection performance queueMicrotask reportError self " +
  "setInterval setTimeout structuredClone";

test("ECMA-429: all names are there", () => {
  const scope = globalThis as Record<string, any>;
  const missing: string[] = [];
  for (const name of interfaces.split(" ")) if (typeof scope[name] !== "function") missing.push(name);
  for (const name of wasm.split(" ")) if (!(name in WebAssembly)) missing.push(`WebAssembly.${name}`);
  for (const name of members.split(" ")) if (!(name in scope)) missing.push(name);
  equal(missing.join(" "), "");
  equal(typeof navigator.userAgent, "string");
  ok(globalThis instanceof EventTarget);
});

test("functions on the global object have the names by which they are found", () => {
  for (const key of Object.getOwnPropertyNames(globalThis)) {
    const { value, get, set } = Object.getOwnPropertyDescriptor(globalThis, key)!;
    if (typeof value === "function" && key !== "runTests") equal(value.name, key); // which is the tests' own
    if (get !== undefined) equal(get.name, `get ${key}`);
    if (set !== undefined) equal(set.name, `set ${key}`);
  }
});

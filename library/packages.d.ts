// What the modules of this folder import that has no types here. Packages are used
// for what they export, which tests look at.

declare module "buffer/";
declare module "events/";
declare module "path-browserify";
declare module "readable-stream/lib/stream.js";
declare module "readable-stream/lib/stream/promises.js";
declare module "string_decoder/";
declare module "url/";

declare module "node:async_hooks";
declare module "node:buffer";
declare module "node:events";
declare module "node:process";
declare module "node:querystring";
declare module "node:stream";
declare module "node:stream/promises";
declare module "node:string_decoder";
declare module "node:util";
declare module "node:util/types";
declare module "node:assert";

/** What the runtime gives to the modules of the library, and to them alone (jsapi/library). */
declare module "hedge:runtime" {
  export const AsyncLocalStorage: new (options?: { defaultValue?: unknown; name?: string }) => {
    readonly name: string;
    run(store: unknown, fn: (...args: any[]) => unknown, ...args: unknown[]): unknown;
    exit(fn: (...args: any[]) => unknown, ...args: unknown[]): unknown;
    getStore(): unknown;
    enterWith(store: unknown): void;
    disable(): void;
  };
  /** Returns a function that calls its argument in the asynchronous context of now. */
  export function snapshot(): (fn: (...args: any[]) => unknown, self: unknown, args: unknown[]) => unknown;
  /** The app's env. */
  export function environment(): Record<string, string>;
  /** Arguments of console.log as one text. */
  export function format(args: readonly unknown[]): string;
  export function inspect(value: unknown, options?: { depth?: number; colors?: boolean; showHidden?: boolean }): string;
  /** The kind of an object, which cannot be forged: "Date", "Map", "Promise" … */
  export function kindOf(value: object): string;
  /** Bytes as text, each as the code point of the same number. */
  export function latin1Decode(bytes: Uint8Array, start: number, end: number): string;
  /** Writes the low byte of each code unit at offset; -1 when it does not fit or one is above 0xFF. */
  export function latin1EncodeInto(text: string, into: Uint8Array, offset: number): number;
}
declare module "node:timers/promises";
declare module "node:path";
declare module "node:timers";
declare module "@noble/ciphers/_polyval.js";

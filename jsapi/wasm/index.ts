// The members of WebAssembly that deal with responses; V8 has the others.

import { ObjectDefineProperty } from "../core/primordials.ts";
import { moduleBytes } from "./streaming.ts";

const members = {
  async compileStreaming(source: unknown): Promise<WebAssembly.Module> {
    return compile(await moduleBytes(source));
  },
  async instantiateStreaming(source: unknown, imports: unknown = undefined): Promise<object> {
    return instantiate(await moduleBytes(source), imports as WebAssembly.Imports);
  },
};
const { compileStreaming, instantiateStreaming } = members;
ObjectDefineProperty(instantiateStreaming, "length", { __proto__: null, value: 1, configurable: true } as never);

let compile: typeof WebAssembly.compile;
let instantiate: typeof WebAssembly.instantiate;

/** Adds them to the namespace. Called in each isolate before it has an app: V8 leaves WebAssembly out of snapshots. */
export function start(): void {
  compile = WebAssembly.compile;
  instantiate = WebAssembly.instantiate;
  define("compileStreaming", compileStreaming);
  define("instantiateStreaming", instantiateStreaming);
}

function define(name: string, value: unknown): void {
  ObjectDefineProperty(WebAssembly, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true } as never);
}

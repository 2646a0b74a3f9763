// AsyncLocalStorage of node:async_hooks, on V8's continuation data.
import { enterLocals, local, localsWith, runWithLocals } from "../core/continuation.ts";
import { ReflectApply } from "../core/primordials.ts";
import { callbackFunction } from "../core/webidl.ts";

type Fn = (...args: unknown[]) => unknown;

export class AsyncLocalStorage {
  /** What the values are kept under. Another one makes those that there are unreachable. */
  #key = {};
  readonly #name: string;
  readonly #default: unknown;

  constructor(options: { name?: unknown; defaultValue?: unknown } = { __proto__: null } as object) {
    this.#name = options.name === undefined ? "" : `${options.name as string}`;
    this.#default = options.defaultValue;
  }

  get name(): string {
    return this.#name;
  }

  getStore(): unknown {
    return local(this.#key, this.#default);
  }

  /** Calls fn, in which the store is this one, and in all that it sets off. */
  run(store: unknown, fn: unknown, ...args: unknown[]): unknown {
    const call = callbackFunction<Fn>(fn, "AsyncLocalStorage.run: the function");
    return runWithLocals(localsWith(this.#key, store), () => ReflectApply(call, undefined, args));
  }

  /** Calls fn, in which there is no store. */
  exit(fn: unknown, ...args: unknown[]): unknown {
    return this.run(undefined, fn, ...args);
  }

  /** Makes this the store of the running code from here on, and of what it sets off. */
  enterWith(store: unknown): void {
    enterLocals(localsWith(this.#key, store));
  }

  /** Forgets every store, wherever it is current. */
  disable(): void {
    this.#key = {};
  }
}

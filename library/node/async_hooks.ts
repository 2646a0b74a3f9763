// node:async_hooks: AsyncLocalStorage, which is the runtime's own, and AsyncResource.
import { AsyncLocalStorage, snapshot } from "hedge:runtime";

type Fn = (...args: any[]) => unknown;

/** Binds functions to the asynchronous context in which it was made. */
class AsyncResource {
  #run = snapshot();
  readonly type: string;

  constructor(type: string) {
    this.type = type;
  }

  static bind(fn: Fn, type?: string, self?: unknown): Fn {
    return new AsyncResource(type ?? (fn.name || "bound-anonymous-fn")).bind(fn, self);
  }

  bind(fn: Fn, self?: unknown): Fn {
    const run = this.#run;
    return function (this: unknown, ...args: unknown[]) {
      return run(fn, self === undefined ? this : self, args);
    };
  }

  runInAsyncScope(fn: Fn, self?: unknown, ...args: unknown[]): unknown {
    return this.#run(fn, self, args);
  }

  emitDestroy(): this {
    return this;
  }

  asyncId(): number {
    return 1;
  }

  triggerAsyncId(): number {
    return 0;
  }
}

/** There are no hooks here: what is created of this is never called. */
function createHook(): { enable(): unknown; disable(): unknown } {
  return {
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  };
}

const statics = {
  bind: (fn: Fn): Fn => AsyncResource.bind(fn),
  /** Returns a function that calls its first argument with the others, in the context of now. */
  snapshot: (): Fn => AsyncResource.bind(function (this: unknown, fn: Fn, ...args: unknown[]) {
    return Reflect.apply(fn, this, args);
  }),
};

export default {
  AsyncLocalStorage: Object.assign(class extends AsyncLocalStorage {}, statics),
  AsyncResource,
  createHook,
  executionAsyncId: () => 1,
  triggerAsyncId: () => 0,
  executionAsyncResource: () => ({}),
};

// node:timers/promises.
import { aborted } from "../../aborted.ts";

type Options = { signal?: AbortSignal };

function wait<T>(delay = 1, value?: T, options: Options = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    if (signal?.aborted) return reject(aborted(signal));
    const abort = (): void => {
      clearTimeout(id);
      reject(aborted(signal!));
    };
    const id = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve(value as T);
    }, delay);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

async function* every<T>(delay = 1, value?: T, options: Options = {}): AsyncGenerator<T> {
  for (;;) yield await wait(delay, value as T, options);
}

export default {
  setTimeout: wait,
  setImmediate: <T>(value?: T, options?: Options) => wait(0, value, options),
  setInterval: every,
  scheduler: { wait: (delay: number, options?: Options) => wait(delay, undefined, options), yield: () => wait(0) },
};

// node:timers.
import promises from "node:timers/promises";

function setImmediate(fn: (...args: unknown[]) => unknown, ...args: unknown[]): number {
  return setTimeout(fn, 0, ...args);
}

const globals = globalThis as { setImmediate?: unknown; clearImmediate?: unknown };
globals.setImmediate ??= setImmediate;
globals.clearImmediate ??= clearTimeout;

export default { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate: clearTimeout, promises };

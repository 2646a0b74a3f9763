// node:process: the environment of the app, and what needs no process. It says
// nothing of a version of Node, so that packages take it for what it is.
import { environment } from "hedge:runtime";
import EventEmitter from "node:events";

/** The app's vars, as strings, in an object that it may write to. */
function variables(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment())) if (typeof value === "string") env[name] = value;
  return env;
}

/** Calls fn when the code that runs has ended: here, as the next microtask. */
function nextTick(fn: (...args: unknown[]) => unknown, ...args: unknown[]): void {
  if (typeof fn !== "function") throw new TypeError('process.nextTick: the "callback" argument must be a function');
  queueMicrotask(() => fn(...args));
}

function hrtime(before?: [number, number]): [number, number] {
  const now = performance.timeOrigin + performance.now();
  let seconds = Math.floor(now / 1000);
  let nanoseconds = Math.floor((now % 1000) * 1e6);
  if (before !== undefined) {
    seconds -= before[0];
    nanoseconds -= before[1];
    if (nanoseconds < 0) {
      seconds--;
      nanoseconds += 1e9;
    }
  }
  return [seconds, nanoseconds];
}
hrtime.bigint = (): bigint => BigInt(Math.floor((performance.timeOrigin + performance.now()) * 1e6));

function emitWarning(warning: unknown, options: unknown = "Warning"): void {
  if (warning instanceof Error) return console.warn(warning);
  const name = typeof options === "string" ? options : ((options as { type?: string } | null)?.type ?? "Warning");
  console.warn(`${name}: ${String(warning)}`);
}

const process = Object.assign(Object.create(EventEmitter.prototype), {
  title: "hedge",
  env: variables(),
  argv: [],
  execArgv: [],
  version: "",
  versions: {},
  platform: "linux",
  arch: "",
  pid: 1,
  browser: true, // what bundlers set where there is no Node
  release: { name: "hedge" },
  exitCode: undefined,
  nextTick,
  hrtime,
  emitWarning,
  cwd: () => "/",
  umask: () => 0o22,
  uptime: () => performance.now() / 1000,
  memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
  exit(): never {
    throw new Error("process.exit: an app cannot end its process");
  },
  chdir(): never {
    throw new Error("process.chdir: there are no folders");
  },
  getBuiltinModule: () => undefined,
});
EventEmitter.call(process);
Object.defineProperty(process, Symbol.toStringTag, { value: "process", configurable: true });
(globalThis as { process?: unknown }).process ??= process;

export default process;

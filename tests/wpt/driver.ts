// What runs one file of web-platform-tests: it stands for the worker in which browsers run it.
import "../../jsapi/runtime.ts";
import { setAPIBase } from "../../jsapi/url/base.ts";

interface Outcome {
  status: number;
  message: string | null;
}

interface Test extends Outcome {
  name: string;
}

// The tests may replace them.
const { ReadableStream, TextEncoder, setTimeout, URL } = globalThis;
const { stringify } = JSON;
const encoder = new TextEncoder();
const encode = encoder.encode.bind(encoder);

/** Files by their paths, each a function that defines tests; and testharness.js. */
const files: Record<string, () => void> = {};
/** What eval would return, for the expressions that idlharness.js gives to it. */
const evaluations: Record<string, () => unknown> = {};
const driver = { files, evaluations, harness: () => {}, run };
Object.defineProperty(globalThis, "__wpt", { value: driver, configurable: true });

/** Runs a file as if it had been loaded from a URL; gives a line of JSON for each subtest, and a last one. */
function run(file: string, url: string, title: string, timeout: number): ReadableStream {
  const scope = globalThis as any;
  setAPIBase(url);
  scope.location = new URL(url);
  scope.META_TITLE = title;
  scope.GLOBAL = { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false };
  driver.harness.call(scope);
  if (file.includes("idlharness")) {
    scope.DedicatedWorkerGlobalScope = anyScope; // it asks which kind of scope this is
    scope.eval = (text: string) => evaluations[text]!();
  }
  return new ReadableStream({
    start(controller) {
      const enqueue = controller.enqueue.bind(controller);
      const close = controller.close.bind(controller);
      let over = false;
      const end = (status: number, message: string | null) => {
        if (over) return;
        over = true;
        enqueue(encode(stringify({ end: true, status, message }) + "\n"));
        close();
      };
      scope.add_result_callback(({ name, status, message }: Test) => {
        if (!over) enqueue(encode(stringify({ name, status, message }) + "\n"));
      });
      scope.add_completion_callback((_tests: unknown, { status, message }: Outcome) => end(status, message));
      setTimeout(() => scope.timeout(), timeout);
      try {
        files[file]!.call(scope);
      } catch (error) {
        end(1, `the file threw ${error}`);
      }
    },
  });
}

const anyScope = class {
  static [Symbol.hasInstance](): boolean {
    return true;
  }
};

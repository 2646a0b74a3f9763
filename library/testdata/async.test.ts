// AsyncLocalStorage on each way that code can be set off.
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { nextTick } from "process";
import { EventEmitter } from "events";
import { Readable } from "stream";
import { equal, deepEqual, ok, run, test, throws } from "./testing.ts";

const storage = new AsyncLocalStorage<string>();
const store = (): string | undefined => storage.getStore();

/** What begin, run in a store, passes on later. */
function later(begin: (done: (value: unknown) => void) => void): Promise<unknown> {
  return new Promise((resolve, reject) =>
    storage.run("mine", () => {
      try {
        begin(resolve);
      } catch (error) {
        reject(error);
      }
    }),
  );
}

const ways: Record<string, (done: (value: unknown) => void) => void> = {
  "a promise's reaction": (done) => void Promise.resolve().then(() => done(store())),
  "code behind await": async (done) => {
    await null;
    done(store());
  },
  "a promise that is resolved elsewhere": (done) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    storage.run("other", () => setTimeout(resolve, 0));
    void promise.then(() => done(store()));
  },
  "an async generator": async (done) => {
    async function* words(): AsyncGenerator<unknown> {
      await null;
      yield store();
    }
    for await (const word of words()) done(word);
  },
  setTimeout: (done) => setTimeout(() => done(store()), 0),
  setInterval: (done) => {
    const id = setInterval(() => {
      clearInterval(id);
      done(store());
    }, 0);
  },
  queueMicrotask: (done) => queueMicrotask(() => done(store())),
  "process.nextTick": (done) => nextTick(() => done(store())),
  "the end of an op": (done) => void crypto.subtle.digest("SHA-256", new Uint8Array(1)).then(() => done(store())),
  "the pull of a stream that is read elsewhere": (done) => {
    const stream = new ReadableStream({ pull: () => done(store()) }, { highWaterMark: 0 });
    storage.exit(() => void stream.getReader().read());
  },
  "the cancel of a stream": (done) => {
    const stream = new ReadableStream({ cancel: () => done(store()) });
    storage.exit(() => void stream.cancel());
  },
  "a TransformStream's transform": (done) => {
    const { readable, writable } = new TransformStream({ transform: () => done(store()) });
    storage.exit(() => {
      void new Response("x").body!.pipeTo(writable);
      void new Response(readable).text();
    });
  },
  "a WritableStream's write": (done) => {
    const stream = new WritableStream({ write: () => done(store()) });
    storage.exit(() => void stream.getWriter().write("x"));
  },
  "the end of a pipe": (done) => void new Response("x").body!.pipeTo(new WritableStream()).then(() => done(store())),
  "a read through CompressionStream": (done) =>
    void new Response(new Response("x").body!.pipeThrough(new CompressionStream("gzip"))).bytes().then(() => done(store())),
  "the event of a timer": (done) => AbortSignal.timeout(0).addEventListener("abort", () => done(store())),
  "a message": (done) => {
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = () => {
      port2.close();
      done(store());
    };
    port1.postMessage(1);
  },
  "the event of a rejection": (done) => {
    addEventListener(
      "unhandledrejection",
      (event) => {
        event.preventDefault();
        done(store());
      },
      { once: true },
    );
    void Promise.reject(new Error("lost"));
  },
  "an event that is dispatched": (done) => {
    const target = new EventTarget();
    storage.exit(() => target.addEventListener("x", () => done(store())));
    target.dispatchEvent(new Event("x"));
  },
  "an event of an EventEmitter": (done) => {
    const emitter = new EventEmitter();
    emitter.on("x", () => done(store()));
    emitter.emit("x");
  },
  "a stream of Node": (done) => void Readable.from(["a"]).on("data", () => done(store())),
  "a bound function": (done) => {
    const bound = AsyncLocalStorage.bind(() => done(store()));
    storage.exit(() => bound());
  },
  "a snapshot": (done) => {
    const within = AsyncLocalStorage.snapshot();
    storage.exit(() => within(() => done(store())));
  },
  "an AsyncResource": (done) => {
    const resource = new AsyncResource("mine");
    storage.exit(() => resource.runInAsyncScope(() => done(store())));
  },
  "a thenable": async (done) => {
    await { then: (resolve: (value: unknown) => void) => (done(store()), resolve(1)) };
  },
  "dynamic import": async (done) => {
    await import("node:path");
    done(store());
  },
};

for (const [name, begin] of Object.entries(ways)) {
  test(`it follows ${name}`, async () => {
    equal(await later(begin), "mine");
    equal(store(), undefined);
  });
}

test("an event that comes from where there is a store runs in that", async () => {
  const controller = new AbortController();
  const seen: unknown[] = [];
  storage.run("listener", () => controller.signal.addEventListener("abort", () => seen.push(store())));
  storage.run("sender", () => controller.abort());
  deepEqual(seen, ["sender"]);
});

test("stores of several, in each other", async () => {
  const other = new AsyncLocalStorage<number>({ defaultValue: 7, name: "other" });
  equal(other.name, "other");
  await storage.run("a", () =>
    other.run(1, async () => {
      await null;
      equal(store(), "a");
      equal(other.getStore(), 1);
      await storage.run("b", async () => {
        await null;
        equal(store(), "b");
        equal(other.getStore(), 1);
      });
      equal(store(), "a");
    }),
  );
  equal(other.getStore(), 7);
});

test("what run calls throws and returns", () => {
  equal(storage.run("x", (a: number, b: number) => a + b, 1, 2), 3);
  throws(() => storage.run("x", () => { throw new RangeError("no"); }), RangeError);
  equal(store(), undefined);
  throws(() => storage.run("x", 1 as never), TypeError);
});

test("enterWith lasts as long as the code does", async () => {
  const own = new AsyncLocalStorage<number>();
  await (async () => {
    await null;
    own.enterWith(1);
    await null;
    equal(own.getStore(), 1);
    for (let i = 0; i < 1000; i++) own.enterWith(i);
    equal(own.getStore(), 999);
  })();
  equal(own.getStore(), undefined);
});

test("disable forgets stores", () => {
  const own = new AsyncLocalStorage<number>();
  own.run(1, () => {
    own.disable();
    equal(own.getStore(), undefined);
    own.run(2, () => equal(own.getStore(), 2));
  });
});

test("a subclass is one, too", () => {
  class Mine extends AsyncLocalStorage<number> {}
  ok(new Mine().run(1, () => true));
});

export default { fetch: async () => new Response(await run()) };

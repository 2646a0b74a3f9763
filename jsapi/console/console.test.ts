// The console. It is loaded anew here, from within the tests, to see what reaches the sink.

import { deepEqual, equal, ok, test } from "../core/testing.ts";

/** What a function logs, as "level: text". */
async function logged(fn: (console: Console) => void): Promise<string[]> {
  const { console: object, setConsoleSink } = await import("./console.ts");
  const lines: string[] = [];
  setConsoleSink((level, text) => lines.push(`${level}: ${text}`));
  fn(object as Console);
  setConsoleSink(() => {});
  return lines;
}

test("console: a namespace object", () => {
  equal(Object.prototype.toString.call(console), "[object console]");
  equal(Object.getOwnPropertyNames(Object.getPrototypeOf(console)).length, 0);
  equal(Object.getPrototypeOf(Object.getPrototypeOf(console)), Object.prototype);
  equal(Object.getOwnPropertyDescriptor(globalThis, "console")!.enumerable, false);
  for (const name of Object.keys(console) as (keyof Console)[]) {
    equal(console[name].length, 0, name);
    equal(console[name].name, name);
    ok(!("prototype" in console[name]), name);
  }
});

// What is logged, and what comes out.
const formats: [args: unknown[], text: string][] = [
  [[], ""],
  [["a", 1, { b: "c" }], "a 1 { b: 'c' }"],
  [["%s is %d and %i, %f", "x", 1.9, "42px", "1.5"], "x is 1 and 42, 1.5"],
  [["%o %O", [1], { a: 1 }], "[ 1, [length]: 1 ] { a: 1 }"],
  [["%cstyled", "color: red"], "styled"],
  [["100%", 5], "100% 5"],
  [["%% %s", "x"], "% x"],
  [["%s %s", "one"], "one %s"],
  [["%x %s", "a"], "%x a"],
  [["%s", Symbol("q")], "Symbol(q)"],
  [["%d %d %i", Symbol("q"), {}, 7n], "NaN NaN 7n"],
  [["%s", "%s", "b"], "%s b"],
  [[1, "%s", "b"], "1 %s b"],
];

test("console.log: formats", async () => {
  for (const [args, text] of formats) deepEqual(await logged((console) => console.log(...args)), [`log: ${text}`]);
});

test("console: levels", async () => {
  const lines = await logged((console) => {
    console.debug(1);
    console.log(2);
    console.info(3);
    console.warn(4);
    console.error(5);
    console.dirxml(6);
  });
  deepEqual(lines, ["debug: 1", "log: 2", "info: 3", "warn: 4", "error: 5", "log: 6"]);
});

test("console: groups indent every line", async () => {
  const lines = await logged((console) => {
    console.group("g");
    console.log("a\nb");
    console.groupCollapsed();
    console.log("c");
    console.groupEnd();
    console.groupEnd();
    console.groupEnd();
    console.log("d");
  });
  deepEqual(lines, ["log: g", "log:   a\n  b", "log:     c", "log: d"]);
});

test("console: counts", async () => {
  const lines = await logged((console) => {
    console.count();
    console.count("default");
    console.count({ toString: () => "label" } as never);
    console.countReset();
    console.count();
    console.countReset("never");
  });
  deepEqual(lines, ["info: default: 1", "info: default: 2", "info: label: 1", "info: default: 1", "warn: Count for 'never' does not exist"]);
});

test("console: assertions", async () => {
  const lines = await logged((console) => {
    console.assert(true, "no");
    console.assert();
    console.assert(false, "%s is wrong", "x");
    console.assert(0, { a: 1 });
  });
  deepEqual(lines, ["error: Assertion failed", "error: Assertion failed: x is wrong", "error: Assertion failed { a: 1 }"]);
});

test("console: timers", async () => {
  const lines = await logged((console) => {
    console.time("t");
    console.time("t");
    console.timeLog("t", "more", 1);
    console.timeEnd("t");
    console.timeEnd("t");
    console.timeLog();
  });
  deepEqual(lines, [
    "warn: Timer 't' already exists",
    "log: t: 0ms more 1",
    "info: t: 0ms",
    "warn: Timer 't' does not exist",
    "warn: Timer 'default' does not exist",
  ]);
});

const tables: [name: string, data: unknown, columns: string[] | undefined, text: string][] = [
  ["objects", [{ a: 1 }, { b: "x" }], undefined, "┌─────────┬───┬─────┐\n│ (index) │ a │ b   │\n├─────────┼───┼─────┤\n│ 0       │ 1 │     │\n│ 1       │   │ 'x' │\n└─────────┴───┴─────┘"],
  ["values", ["p", { a: 1 }], undefined, "┌─────────┬───┬────────┐\n│ (index) │ a │ Values │\n├─────────┼───┼────────┤\n│ 0       │   │ 'p'    │\n│ 1       │ 1 │        │\n└─────────┴───┴────────┘"],
  ["columns", [{ a: 1, b: 2 }], ["b"], "┌─────────┬───┐\n│ (index) │ b │\n├─────────┼───┤\n│ 0       │ 2 │\n└─────────┴───┘"],
  ["map", new Map([["k", 1]]), undefined, "┌───────────────────┬─────┬────────┐\n│ (iteration index) │ Key │ Values │\n├───────────────────┼─────┼────────┤\n│ 0                 │ 'k' │ 1      │\n└───────────────────┴─────┴────────┘"],
  ["nothing tabular", 5, undefined, "5"],
];

for (const [name, data, columns, text] of tables) {
  test(`console.table: ${name}`, async () => {
    deepEqual(await logged((console) => console.table(data, columns)), [`log: ${text}`]);
  });
}

test("console: no text is longer than 65,536, whatever it is made of", async () => {
  const long = "x".repeat(100_000);
  const texts: [name: string, log: (console: Console) => void][] = [
    ["log", (console) => console.log(long)],
    ["count", (console) => console.count(long)],
    ["countReset", (console) => console.countReset(`never ${long}`)],
    ["time", (console) => (console.time(long), console.time(long))],
    ["timeLog", (console) => (console.time("t"), console.timeLog("t", long))],
    ["timeLog, no timer", (console) => console.timeLog(`never ${long}`)],
    ["timeEnd", (console) => console.timeEnd(long)],
    ["trace", (console) => console.trace(long)],
    ["a group", (console) => (console.group(), console.log(long))],
    ["lines in a group", (console) => (console.group(), console.log("\n".repeat(60_000)))],
  ];
  for (const [name, log] of texts) {
    const [line] = await logged((console) => {
      log(console);
      console.clear();
    });
    const text = line!.slice(line!.indexOf(": ") + 2);
    equal(text.length, 65_536, name);
    ok(text.endsWith("…"), name);
  }
});

test("console.trace has the stack of the app", async () => {
  const [line] = await logged(function caller(console) {
    console.trace("here %d", 1);
  });
  ok(/^log: Trace: here 1\n\s+at caller/.test(line!), line);
});

test("console.dir takes a depth", async () => {
  deepEqual(await logged((console) => console.dir({ a: { b: 1 } }, { depth: 0 })), ["log: { a: [Object] }"]);
});

test("console: logging runs no code of the app and cannot fail", () => {
  const trap = () => {
    throw new Error("code of the app was run");
  };
  const hostile = new Proxy(class {}, { get: trap, ownKeys: trap, getPrototypeOf: trap, apply: trap });
  const object = { toString: trap, valueOf: trap, toJSON: trap, get x() { return trap(); }, [Symbol.toPrimitive]: trap };
  console.debug(hostile, object, [hostile], new Map([[hostile, object]]));
  console.debug("%s %d %i %f %o %O %c", object, object, object, object, object, hostile, object);
  console.table([hostile, object]);
  console.dir(hostile);
});

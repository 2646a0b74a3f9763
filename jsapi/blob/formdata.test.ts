import { deepEqual, equal, ok, test, throws } from "../core/testing.ts";

function form(...entries: [string, string][]): FormData {
  const data = new FormData();
  for (const [name, value] of entries) data.append(name, value);
  return data;
}

test("FormData: shape", () => {
  equal(FormData.length, 0);
  equal(FormData.prototype.append.length, 2);
  equal(FormData.prototype.set.length, 2);
  equal(FormData.prototype.entries, FormData.prototype[Symbol.iterator]);
  equal(Object.prototype.toString.call(new FormData()), "[object FormData]");
  equal(Object.prototype.toString.call(new FormData().keys()), "[object FormData Iterator]");
  throws(() => new (FormData as any)(null), TypeError);
  throws(() => new (FormData as any)("x"), TypeError);
  new (FormData as any)(undefined);
});

test("FormData: append, get, getAll, has, delete", () => {
  const data = form(["a", "1"], ["b", "2"], ["a", "3"]);
  equal(data.get("a"), "1");
  equal(data.get("c"), null);
  deepEqual(data.getAll("a"), ["1", "3"]);
  deepEqual(data.getAll("c"), []);
  equal(data.has("b"), true);
  equal(data.has("c"), false);
  data.delete("a");
  deepEqual([...data], [["b", "2"]]);
  data.delete("c");
});

test("FormData: set replaces the first and removes the others", () => {
  const data = form(["a", "1"], ["b", "2"], ["a", "3"], ["c", "4"], ["a", "5"]);
  data.set("a", "x");
  deepEqual([...data], [["a", "x"], ["b", "2"], ["c", "4"]]); // prettier-ignore
  data.set("d", "y");
  equal(data.get("d"), "y");
});

test("FormData: values are strings", () => {
  const data: any = new FormData();
  data.append(undefined, undefined);
  data.append(null, null);
  data.append(1, { toString: () => "o" });
  data.append("\ud800", "\udc00");
  deepEqual([...data], [["undefined", "undefined"], ["null", "null"], ["1", "o"], ["\ufffd", "\ufffd"]]); // prettier-ignore
});

test("FormData: bad arguments", () => {
  const data: any = new FormData();
  for (const method of ["append", "set"]) {
    throws(() => data[method](), TypeError);
    throws(() => data[method]("a"), TypeError);
    throws(() => data[method]("a", "b", "c"), TypeError);
    throws(() => data[method]("a", "b", undefined), TypeError);
    throws(() => data[method]("a", {}, "c"), TypeError);
    throws(() => data[method](Symbol(), "b"), TypeError);
  }
  for (const method of ["delete", "get", "getAll", "has", "forEach"]) throws(() => data[method](), TypeError);
  throws(() => data.forEach(1), TypeError);
  throws(() => (FormData.prototype as any).append.call({}, "a", "b"), TypeError);
  throws(() => FormData.prototype.entries.call({} as never), TypeError);
  deepEqual([...data], []);
});

test("FormData: a Blob becomes a File", async () => {
  const data = new FormData();
  const blob = new Blob(["text"], { type: "text/plain" });
  data.append("a", blob);
  data.append("b", blob, "my/name");
  const a = data.get("a") as File;
  ok(a instanceof File);
  equal(a.name, "blob");
  equal(a.type, "text/plain");
  equal(await a.text(), "text");
  equal(data.get("a"), a);
  equal((data.get("b") as File).name, "my/name");
});

test("FormData: a File stays, unless it is given another name", async () => {
  const data = new FormData();
  const file = new File(["x"], "name", { lastModified: 7, type: "a/b" });
  data.append("a", file);
  data.set("b", file, "other");
  data.set("c", file, undefined);
  equal(data.get("a"), file);
  equal(data.get("c"), file);
  const other = data.get("b") as File;
  ok(other !== file);
  equal(other.name, "other");
  equal(other.lastModified, 7);
  equal(other.type, "a/b");
  equal(await other.text(), "x");
});

test("FormData: iteration", () => {
  const data = form(["a", "1"], ["b", "2"], ["a", "3"]);
  deepEqual([...data.keys()], ["a", "b", "a"]);
  deepEqual([...data.values()], ["1", "2", "3"]);
  const seen: unknown[] = [];
  data.forEach(function (this: unknown, value, key, self) {
    seen.push(value, key, self === data, this);
  }, 5);
  deepEqual(seen.slice(0, 3), ["1", "a", true]);
  equal(seen.length, 12);
});

test("FormData: iterators see changes", () => {
  const data = form(["a", "1"], ["b", "2"], ["c", "3"]);
  const names: string[] = [];
  for (const [name] of data) {
    names.push(name);
    if (name === "a") data.delete("b");
    if (name === "c" && !data.has("d")) data.append("d", "4");
  }
  deepEqual(names, ["a", "c", "d"]);
});

test("FormData: entries given out are the app's", () => {
  const data = form(["a", "1"]);
  const entry = data.entries().next().value!;
  entry[1] = "changed";
  equal(data.get("a"), "1");
});

test("Blob and FormData do not notice overwritten built-ins", async () => {
  const typed = Object.getPrototypeOf(Uint8Array.prototype);
  const patches: [object, PropertyKey][] = [
    [Array.prototype, "push"],
    [Array.prototype, "slice"],
    [Array.prototype, "indexOf"],
    [Array.prototype, "constructor"],
    [Uint8Array.prototype, "constructor"],
    [typed, "length"],
    [typed, "byteLength"],
    [typed, "slice"],
    [typed, "subarray"],
    [typed, "set"],
    [RegExp.prototype, "exec"],
    [String.prototype, "slice"],
    [Blob.prototype, "size"],
    [Blob.prototype, "text"],
    [globalThis, "Uint8Array"],
    [globalThis, "TypeError"],
    [globalThis, "File"],
  ];
  const blob = new Blob(["hello ", new Uint8Array([0x77])], { type: "text/plain" });
  const { slice, text } = Blob.prototype;
  const saved = patches.map(([object, key]) => Object.getOwnPropertyDescriptor(object, key)!);
  const patched = () => {
    throw new Error("patched");
  };
  const form = new FormData();
  let result: Promise<string>;
  try {
    for (let i = 0; i < patches.length; i++) {
      const accessor = saved[i]!.get !== undefined;
      Object.defineProperty(patches[i]![0], patches[i]![1], accessor ? { get: patched } : { value: patched });
    }
    form.append("a", blob);
    form.set("b", blob, "name");
    result = text.call(slice.call(blob, 1, 7));
  } finally {
    for (let i = 0; i < patches.length; i++) Object.defineProperty(patches[i]![0], patches[i]![1], saved[i]!);
  }
  equal(await result, "ello w");
  equal(await (form.get("a") as File).text(), "hello w");
  equal((form.get("b") as File).name, "name");
});

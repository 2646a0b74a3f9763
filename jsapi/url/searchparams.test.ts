import { deepEqual, equal, ok, test, throws } from "../core/testing.ts";

// Input, its pairs, and the serialisation.
const forms: [input: string, pairs: [string, string][], output: string][] = [
  ["", [], ""],
  ["?", [], ""],
  ["a", [["a", ""]], "a="],
  ["a=", [["a", ""]], "a="],
  ["=b", [["", "b"]], "=b"],
  ["=", [["", ""]], "="],
  ["a=b&&c=d&", [["a", "b"], ["c", "d"]], "a=b&c=d"],
  ["a=b=c", [["a", "b=c"]], "a=b%3Dc"],
  ["??a=b", [["?a", "b"]], "%3Fa=b"],
  ["a+b=c+%2B", [["a b", "c +"]], "a+b=c+%2B"],
  ["a=%zz%4", [["a", "%zz%4"]], "a=%25zz%254"],
  ["a=%E4%BD%A0", [["a", "你"]], "a=%E4%BD%A0"],
  ["a=%E4+%BD", [["a", "\ufffd \ufffd"]], "a=%EF%BF%BD+%EF%BF%BD"],
  ["a=é%C3%A9", [["a", "éé"]], "a=%C3%A9%C3%A9"],
  ["%EF%BB%BFa=%fe", [["\ufeffa", "\ufffd"]], "%EF%BB%BFa=%EF%BF%BD"],
  ["\u0000=*-._~'()!", [["\u0000", "*-._~'()!"]], "%00=*-._%7E%27%28%29%21"],
  ["a&b=c&d", [["a", ""], ["b", "c"], ["d", ""]], "a=&b=c&d="],
];

test("URLSearchParams: parsing and serialising", () => {
  for (const [input, pairs, output] of forms) {
    const params = new URLSearchParams(input);
    deepEqual([...params], pairs, input);
    equal(params.size, pairs.length);
    equal(params.toString(), output, input);
  }
});

test("URLSearchParams: what it can be made of", () => {
  equal(new URLSearchParams({ a: "1", b: 2 as never }).toString(), "a=1&b=2");
  equal(new URLSearchParams([["a", "1"], ["a", "2"]]).toString(), "a=1&a=2");
  equal(new URLSearchParams(new Map([["x", "y"]])).toString(), "x=y");
  equal(new URLSearchParams(new URLSearchParams("q=1&q=2")).toString(), "q=1&q=2");
  equal(new URLSearchParams(null as never).toString(), "null=");
  equal(new URLSearchParams(undefined).toString(), "");
  equal(new URLSearchParams({ "\ud800": "x", "\ufffd": "y" }).toString(), "%EF%BF%BD=y");
  throws(() => new URLSearchParams([["a"]]), TypeError);
  throws(() => new URLSearchParams([["a", "b", "c"]]), TypeError);
  throws(() => new URLSearchParams([1] as never), TypeError);
});

test("URLSearchParams: get, getAll, has, set, delete, append", () => {
  const params = new URLSearchParams("a=1&b=2&a=3&c=4&a=5");
  equal(params.get("a"), "1");
  equal(params.get("x"), null);
  deepEqual(params.getAll("a"), ["1", "3", "5"]);
  ok(params.has("a") && params.has("a", "3") && !params.has("a", "4") && params.has("a", undefined));
  params.delete("a", "3");
  equal(params.toString(), "a=1&b=2&c=4&a=5");
  params.set("a", "6");
  equal(params.toString(), "a=6&b=2&c=4");
  params.set("d", "7");
  params.append("b", "8");
  params.delete("c");
  equal(params.toString(), "a=6&b=2&d=7&b=8");
  params.delete("b", undefined);
  equal(params.toString(), "a=6&d=7");
});

test("URLSearchParams: sort is by code units and stable", () => {
  const params = new URLSearchParams("z=b&a=b&z=a&a=a");
  params.sort();
  equal(params.toString(), "a=b&a=a&z=b&z=a");
  const astral = new URLSearchParams("\uFB03&\u{1F308}&e&\u{E0000}");
  astral.sort();
  deepEqual([...astral.keys()], ["e", "\u{1F308}", "\u{E0000}", "\uFB03"]);
});

test("URLSearchParams: iteration is live", () => {
  const url = new URL("https://h/?a=1&b=2&c=3");
  const seen: string[] = [];
  for (const [name] of url.searchParams) {
    seen.push(name);
    url.searchParams.delete(name);
  }
  deepEqual(seen, ["a", "c"]);
  equal(url.search, "?b=2");
  const names: string[] = [];
  url.searchParams.forEach((value, name, self) => {
    names.push(name + value);
    equal(self, url.searchParams);
  });
  deepEqual(names, ["b2"]);
});

test("URLSearchParams: the shape of the interface", () => {
  equal(URLSearchParams.length, 0);
  equal(URLSearchParams.prototype.append.length, 2);
  equal(URLSearchParams.prototype.has.length, 1);
  equal(URLSearchParams.prototype[Symbol.iterator], URLSearchParams.prototype.entries);
  equal(Object.prototype.toString.call(new URLSearchParams()), "[object URLSearchParams]");
  throws(() => (new URLSearchParams() as any).append("a"), TypeError);
  throws(() => URLSearchParams.prototype.get.call({} as never, "a"), TypeError);
});

test("URLSearchParams: a megabyte without an equals sign takes linear time", () => {
  equal(new URLSearchParams("a&".repeat(1 << 19)).size, 1 << 19);
  equal(new URLSearchParams("%ff".repeat(1 << 18)).get("\ufffd".repeat(1 << 18)), "");
});

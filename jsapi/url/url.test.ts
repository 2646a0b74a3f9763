import { deepEqual, equal, ok, test, throws } from "../core/testing.ts";

const parts = ["protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"] as const;

// Input, base, and what href becomes; null is failure.
const parsing: [input: string, base: string | undefined, href: string | null][] = [
  ["https://example.com", undefined, "https://example.com/"],
  ["https://example.com/a/b?c=d#e", undefined, "https://example.com/a/b?c=d#e"],
  ["HTTPS://EXAMPLE.com:443/A", undefined, "https://example.com/A"],
  ["http://example.com:8080", undefined, "http://example.com:8080/"],
  ["http://example.com:80/", undefined, "http://example.com/"],
  ["http://example.com:00008080/", undefined, "http://example.com:8080/"],
  ["http://example.com:/", undefined, "http://example.com/"],
  ["http://example.com:65536/", undefined, null],
  ["http://example.com:8a/", undefined, null],
  ["  https://example.com/\t\n  ", undefined, "https://example.com/"],
  ["ht\ntps://exa\tmple.com/\ra", undefined, "https://example.com/a"],
  ["https:example.com", undefined, "https://example.com/"],
  ["https:\\\\example.com\\a", undefined, "https://example.com/a"],
  ["https:////example.com", undefined, "https://example.com/"],
  ["https://", undefined, null],
  ["https://?", undefined, null],
  ["https://user@/", undefined, null],
  ["https://user:p@ss@example.com/", undefined, "https://user:p%40ss@example.com/"],
  ["https://a:b:c@example.com/", undefined, "https://a:b%3Ac@example.com/"],
  ["https://:@example.com/", undefined, "https://example.com/"],
  ["https://:pass@example.com/", undefined, "https://:pass@example.com/"],
  ["https://example.com/a/../b/./c", undefined, "https://example.com/b/c"],
  ["https://example.com/a/%2e%2E/b/%2e", undefined, "https://example.com/b/"],
  ["https://example.com/a/..", undefined, "https://example.com/"],
  ["https://example.com/../..", undefined, "https://example.com/"],
  ["https://example.com/.well-known/x", undefined, "https://example.com/.well-known/x"],
  ["https://example.com/.../....", undefined, "https://example.com/.../...."],
  ['https://example.com/ "<>`{}^|', undefined, "https://example.com/%20%22%3C%3E%60%7B%7D%5E|"],
  ["https://example.com/?'\"", undefined, "https://example.com/?%27%22"],
  ["foo://example.com/?'", undefined, "foo://example.com/?'"],
  ["https://example.com/#`<", undefined, "https://example.com/#%60%3C"],
  ["https://example.com/ä?ö#💩", undefined, "https://example.com/%C3%A4?%C3%B6#%F0%9F%92%A9"],
  ["https://example.com/\ud800", undefined, "https://example.com/%EF%BF%BD"],
  ["https://ex%41mple.com/", undefined, "https://example.com/"],
  ["https://exa mple.com/", undefined, null],
  ["https://exa%23mple.com/", undefined, null],
  ["https://a_b-c.example/", undefined, "https://a_b-c.example/"],
  ["https://münchen.de/", undefined, "https://xn--mnchen-3ya.de/"],
  ["https://faß.de/", undefined, "https://xn--fa-hia.de/"],
  ["https://\u00ad/", undefined, null],
  ["https://XN--A/", undefined, "https://xn--a/"],
  ["https://example.com./", undefined, "https://example.com./"],
  ["https://127.0.0.1/", undefined, "https://127.0.0.1/"],
  ["https://0x7f.1/", undefined, "https://127.0.0.1/"],
  ["https://017700000001/", undefined, "https://127.0.0.1/"],
  ["https://127.0.0.1./", undefined, "https://127.0.0.1/"],
  ["https://1.2.3.4.5/", undefined, null],
  ["https://256.0.0.1/", undefined, null],
  ["https://4294967295/", undefined, "https://255.255.255.255/"],
  ["https://4294967296/", undefined, null],
  ["https://a.0x/", undefined, null],
  ["https://09/", undefined, null],
  ["https://1.2.3.a/", undefined, "https://1.2.3.a/"],
  ["https://[::1]:8080/", undefined, "https://[::1]:8080/"],
  ["https://[2001:DB8:0:0:1:0:0:1]/", undefined, "https://[2001:db8::1:0:0:1]/"],
  ["https://[1:0:0:2::]/", undefined, "https://[1:0:0:2::]/"],
  ["https://[::ffff:192.168.0.1]/", undefined, "https://[::ffff:c0a8:1]/"],
  ["https://[::1.2.3]/", undefined, null],
  ["https://[::01.2.3.4]/", undefined, null],
  ["https://[1:2:3:4:5:6:7]/", undefined, null],
  ["https://[1:2:3:4:5:6:7:8:9]/", undefined, null],
  ["https://[::1", undefined, null],
  ["https://[::%31]/", undefined, null],
  ["foo://[::1]/", undefined, "foo://[::1]/"],
  ["foo://a b/", undefined, null],
  ["foo://ä/", undefined, "foo://%C3%A4/"],
  ["foo://A:80", undefined, "foo://A:80"],
  ["foo:bar baz  #x", undefined, "foo:bar baz %20#x"],
  ["foo:/.//p", undefined, "foo:/.//p"],
  ["foo:/a/..//p", undefined, "foo:/.//p"],
  ["data:text/plain,Hi <b>", undefined, "data:text/plain,Hi <b>"],
  ["mailto:a@b.c", undefined, "mailto:a@b.c"],
  ["file:///C|/x/../..", undefined, "file:///C:/"],
  ["file://localhost/x", undefined, "file:///x"],
  ["file:c:\\x", undefined, "file:///c:/x"],
  ["file://host/c:/x", undefined, "file://host/c:/x"],
  ["", undefined, null],
  [":", undefined, null],
  ["//example.com", undefined, null],
  ["1http://example.com", undefined, null],
  // Relative ones.
  ["", "https://example.com/a/b?c#d", "https://example.com/a/b?c"],
  ["x", "https://example.com/a/b?c#d", "https://example.com/a/x"],
  ["/x?y", "https://example.com/a/b?c#d", "https://example.com/x?y"],
  ["/x/../y", "https://example.com/a/b", "https://example.com/y"],
  ["/x", "https://user:pw@example.com:81/a", "https://user:pw@example.com:81/x"],
  ["//other.example/x", "https://example.com/a", "https://other.example/x"],
  ["/\\other.example/x", "https://example.com/a", "https://other.example/x"],
  ["../../../x", "https://example.com/a/b/c", "https://example.com/x"],
  ["?x", "https://example.com/a/b?c#d", "https://example.com/a/b?x"],
  ["#x", "https://example.com/a/b?c#d", "https://example.com/a/b?c#x"],
  ["https:x", "https://example.com/a/b", "https://example.com/a/x"],
  ["http:x", "https://example.com/a/b", "http://x/"],
  ["#x", "mailto:a@b.c", "mailto:a@b.c#x"],
  ["x", "mailto:a@b.c", null],
  ["/x", "foo://host", "foo://host/x"],
  ["x", "foo://host", "foo://host/x"],
  ["..", "file:///C:/a", "file:///C:/"],
  ["/a", "file:///C:/b", "file:///C:/a"],
  ["D:/a", "file:///C:/b", "d:/a"],
  ["D|/a", "file:///C:/b", "file:///D:/a"],
  ["x", "not a url", null],
];

test("URL: parsing", () => {
  for (const [input, base, href] of parsing) {
    const what = `${input} against ${base}`;
    equal(URL.canParse(input, base), href !== null, what);
    equal(URL.parse(input, base)?.href ?? null, href, what);
    if (href === null) {
      throws(() => new URL(input, base), TypeError);
      continue;
    }
    equal(new URL(input, base).href, href, what);
    // Parsing what was serialised changes nothing, and finds the same parts.
    const again = new URL(href);
    equal(again.href, href, `again: ${what}`);
    for (const part of parts) equal(again[part], new URL(input, base)[part], `${part} of ${what}`);
  }
});

test("URL: parts", () => {
  const url = new URL("https://us%20er:pa%3Ass@example.com:8080/path/x?query=1#frag");
  deepEqual(
    parts.map((part) => url[part]),
    ["https:", "us%20er", "pa%3Ass", "example.com:8080", "example.com", "8080", "/path/x", "?query=1", "#frag"],
  );
  equal(url.origin, "https://example.com:8080");
  const bare = new URL("data:x?#");
  deepEqual(
    parts.map((part) => bare[part]),
    ["data:", "", "", "", "", "", "x", "", ""],
  );
  equal(bare.href, "data:x?#");
});

test("URL: origin", () => {
  equal(new URL("wss://a:443/x").origin, "wss://a");
  equal(new URL("blob:https://a:8/x").origin, "https://a:8");
  equal(new URL("blob:blob:https://a/x").origin, "null");
  equal(new URL("file:///x").origin, "null");
  equal(new URL("foo://a").origin, "null");
});

// URL, part, value, and what href becomes.
const setting: [href: string, part: (typeof parts)[number], value: string, after: string][] = [
  ["https://a/", "protocol", "http", "http://a/"],
  ["https://a/", "protocol", "http:ignored", "http://a/"],
  ["https://a/", "protocol", "foo", "https://a/"],
  ["foo://a/", "protocol", "https", "foo://a/"],
  ["https://a:80/", "protocol", "http", "http://a/"],
  ["https://u@a/", "protocol", "file", "https://u@a/"],
  ["file:///x", "protocol", "https", "file:///x"],
  ["https://a/", "protocol", "", "https://a/"],
  ["https://a/", "username", "ü:@", "https://%C3%BC%3A%40@a/"],
  ["https://u:p@a/", "username", "", "https://:p@a/"],
  ["file:///x", "username", "u", "file:///x"],
  ["https://a/", "password", "p", "https://:p@a/"],
  ["https://u:p@a/", "password", "", "https://u@a/"],
  ["https://a:8/", "host", "b", "https://b:8/"],
  ["https://a:8/", "host", "b:9/x", "https://b:9/"],
  ["https://a/", "host", "b:99999", "https://b/"],
  ["https://a/", "host", "", "https://a/"],
  ["https://a/", "host", "b c", "https://a/"],
  ["foo://a/", "host", "", "foo:///"],
  ["foo:x", "host", "b", "foo:x"],
  ["https://a:8/", "hostname", "b:9", "https://a:8/"],
  ["https://a:8/", "hostname", "B", "https://b:8/"],
  ["https://a/", "hostname", "[::1]", "https://[::1]/"],
  ["foo:/x", "hostname", "h", "foo://h/x"],
  ["file:///x", "hostname", "localhost", "file:///x"],
  ["https://a/", "port", "8080", "https://a:8080/"],
  ["https://a/", "port", "80x", "https://a:80/"],
  ["https://a:8/", "port", "x", "https://a:8/"],
  ["https://a:8/", "port", "443", "https://a/"],
  ["https://a:8/", "port", "", "https://a/"],
  ["https://a:8/", "port", "70000", "https://a:8/"],
  ["https://a/b", "pathname", "c d?#", "https://a/c%20d%3F%23"],
  ["https://a/b", "pathname", "", "https://a/"],
  ["foo://a/b", "pathname", "", "foo://a"],
  ["foo:/b", "pathname", "//c", "foo:/.//c"],
  ["foo:x", "pathname", "c", "foo:x"],
  ["https://a/b?c", "search", "?d e#", "https://a/b?d%20e%23"],
  ["https://a/b?c#x", "search", "", "https://a/b#x"],
  ["https://a/b?c#x", "search", "?", "https://a/b?#x"],
  ["https://a/b", "hash", "#x y#", "https://a/b#x%20y#"],
  ["https://a/b#x", "hash", "", "https://a/b"],
  ["https://a/b", "hash", "\tx\n", "https://a/b#x"],
];

test("URL: setters", () => {
  for (const [href, part, value, after] of setting) {
    const url = new URL(href);
    url[part] = value;
    equal(url.href, after, `${part} = ${JSON.stringify(value)} on ${href}`);
    equal(new URL(url.href)[part], url[part], `${part} of ${after}`);
  }
});

test("URL: href", () => {
  const url = new URL("https://a/?x=1");
  const params = url.searchParams;
  url.href = "https://b/?y=2";
  equal(url.searchParams, params);
  equal(params.get("x"), null);
  equal(params.get("y"), "2");
  throws(() => (url.href = "nope"), TypeError);
  equal(url.href, "https://b/?y=2");
});

test("URL: searchParams and search follow each other", () => {
  const url = new URL("https://a/?a=b c&d=~#f");
  equal(url.search, "?a=b%20c&d=~");
  url.searchParams.append("e", "é");
  equal(url.href, "https://a/?a=b+c&d=%7E&e=%C3%A9#f");
  url.search = "?z=%zz+1";
  equal(url.searchParams.get("z"), "%zz 1");
  url.searchParams.delete("z");
  equal(url.href, "https://a/#f");
  url.hash = "";
  url.searchParams.set("q", "1");
  url.pathname = "/p";
  equal(url.href, "https://a/p?q=1");
});

test("URL: the shape of the interface", () => {
  equal(URL.length, 1);
  equal(URL.name, "URL");
  equal(Object.prototype.toString.call(new URL("a:")), "[object URL]");
  equal(JSON.stringify({ u: new URL("https://a") }), '{"u":"https://a/"}');
  equal(`${new URL("https://a")}`, "https://a/");
  const keys: string[] = [];
  for (const key in new URL("https://a")) keys.push(key);
  ok(keys.includes("searchParams") && keys.includes("toJSON"));
  throws(() => (URL as any)("https://a"), TypeError);
  throws(() => new (URL as any)(), TypeError);
  const getHref = Object.getOwnPropertyDescriptor(URL.prototype, "href")!.get!;
  throws(() => getHref.call({}), TypeError);
  throws(() => getHref.call(URL.prototype), TypeError);
});

test("URL: the error names the input", () => {
  const error = throws(() => new URL("/x", "y"), TypeError);
  ok(error.message.includes('"/x"') && error.message.includes('"y"'), error.message);
  ok(throws(() => new URL("x".repeat(1e6))).message.length < 1000);
});

test("URL: an app that overwrites built-ins breaks only itself", () => {
  const saved = { exec: RegExp.prototype.exec, charCodeAt: String.prototype.charCodeAt, slice: String.prototype.slice };
  const broken = () => {
    throw new Error("broken");
  };
  Object.assign(RegExp.prototype, { exec: broken });
  Object.assign(String.prototype, { charCodeAt: broken, slice: broken });
  let href = "";
  try {
    const url = new URL("../x y?z", "https://u@ex%41mple.com:8/a/b");
    url.searchParams.append("a", "b");
    href = url.href;
  } finally {
    Object.assign(RegExp.prototype, { exec: saved.exec });
    Object.assign(String.prototype, { charCodeAt: saved.charCodeAt, slice: saved.slice });
  }
  equal(href, "https://u@example.com:8/x%20y?z=&a=b");
});

test("URL: a megabyte of anything is parsed or refused", () => {
  const size = 1 << 20;
  const hostile = [
    "https://a/" + "💩 <%".repeat(size / 8),
    "https://" + "a@".repeat(size / 2) + "h/",
    "https://a/" + "b/../".repeat(size / 5),
    "https:" + "/".repeat(size),
    "https://a:" + "0".repeat(size),
    "https://" + "1.".repeat(size / 2),
    "https://[" + ":1".repeat(size / 2) + "]",
    "x:" + " ".repeat(size) + "?",
    "a".repeat(size),
  ];
  for (const input of hostile) {
    const href = URL.parse(input)?.href;
    if (href !== undefined) equal(URL.parse(href)?.href, href);
  }
});

// A space before it is removed, but has the parser asked, which is right for everything.
test("URL: the short ways and the parser agree", () => {
  const hosts = ["A.Example", "a", "a:80", "a:443", "a:8080", "1.2.3.4", "a.1", "xn--a", "a..b", "A_b-."];
  const pieces = ["/", "a", "..", ".", "%2e", "%2E.", "?", "#", " ", "\u00e9", "\\", "\t", "\u{1f600}", "\ud800", "'", "^", "%", "//", "/../", "/./", ":", "@", "\x01", "x".repeat(1100)];
  for (let i = 0; i < 40_000; i++) {
    let input = `${i % 2 ? "http" : "https"}://${hosts[i % hosts.length]}`;
    for (let n = i * 2654435761; n >= 1; n = Math.floor(n / pieces.length / 3)) input += pieces[n % pieces.length];
    equal(URL.parse(input)?.href, URL.parse(` ${input}`)?.href, JSON.stringify(input));
  }
});

test("URL: any mix of delimiters is stable", () => {
  const pieces = ["https:", "file:", "foo:", "/", "//", "\\", "?", "#", "@", ":", "..", ".", "%2e", "%", "[", "]", "C|", "a", "1", " ", "\t", "é"];
  let seed = 1;
  const next = () => (seed = (seed * 48271) % 0x7fffffff);
  for (let i = 0; i < 3000; i++) {
    let input = "";
    for (let n = next() % 9; n >= 0; n--) input += pieces[next() % pieces.length];
    const url = URL.parse(input, i % 2 === 0 ? undefined : "https://u:p@h:8/a/b?c#d");
    if (url === null) continue;
    const again = new URL(url.href);
    equal(again.href, url.href, JSON.stringify(input));
    for (const part of parts) equal(again[part], url[part], `${part} of ${JSON.stringify(input)}`);
    for (const part of parts) {
      again[part] = input;
      equal(new URL(again.href).href, again.href, `${part} = ${JSON.stringify(input)}`);
    }
  }
});

import { deepEqual, equal, ok, test, throws } from "../core/testing.ts";

test("URLPattern: named groups of a path", () => {
  const pattern = new URLPattern({ pathname: "/books/:id" });
  const found = pattern.exec("https://example.com/books/42?x#y")!;
  deepEqual({ ...found.pathname.groups }, { id: "42" });
  equal(found.pathname.input, "/books/42");
  equal(found.search.input, "x");
  equal(pattern.pathname, "/books/:id");
  equal(pattern.protocol, "*");
  ok(!pattern.test("https://example.com/books/42/pages"));
  ok(!pattern.hasRegExpGroups);
});

test("URLPattern: modifiers, groups and wildcards", () => {
  const cases: [string, string, boolean][] = [
    ["/a{/b}?", "/a", true],
    ["/a{/b}?", "/a/b", true],
    ["/a{/b}?", "/ab", false],
    ["/files/*", "/files/x/y", true],
    ["/:path+", "/x/y", true],
    ["/x/:rest*", "/x", true],
    ["/x/:rest*", "/x/y/z", true],
    ["/(\\d+)", "/12", true],
    ["/(\\d+)", "/ab", false],
    ["/caf\u00e9", "/caf%C3%A9", true],
    ["/:id.json", "/7.json", true],
    ["/a/../b", "/b", true],
  ];
  for (const [pathname, path, expected] of cases) {
    equal(new URLPattern({ pathname }).test(`https://example.com${path}`), expected, `${pathname} ${path}`);
  }
});

test("URLPattern: one string", () => {
  const pattern = new URLPattern("https://:sub.example.com/p/:id\\?q=:value#*");
  equal(pattern.hostname, ":sub.example.com");
  equal(pattern.port, "");
  const found = pattern.exec("https://a.example.com/p/1?q=2#z")!;
  deepEqual([found.hostname.groups.sub, found.pathname.groups.id, found.search.groups.value, found.hash.groups[0]], ["a", "1", "2", "z"]);
  ok(!pattern.test("https://b.a.example.com/p/1?q=2#z"));
  const relative = new URLPattern("/x/*", "https://example.com:8080/y?z");
  equal(relative.port, "8080");
  ok(relative.test("https://example.com:8080/x/1"));
  ok(relative.test("x/2", "https://example.com:8080/"));
  equal(new URLPattern("https://example.com:443").port, "");
  ok(new URLPattern("data\\:text/*").test("data:text/plain"));
});

test("URLPattern: what is no pattern, and options", () => {
  for (const bad of [{ pathname: "(" }, { pathname: "/:a/:a" }, { pathname: "/{a" }, { port: "x" }, { hostname: "a\\:b" }, { pathname: "(?a)" }]) {
    throws(() => new URLPattern(bad as never), TypeError);
  }
  throws(() => new URLPattern("/relative"), TypeError);
  throws(() => new URLPattern({ pathname: "/" }, "https://example.com" as never), TypeError);
  ok(new URLPattern({ pathname: "/A" }, { ignoreCase: true }).test("https://example.com/a"));
  equal(new URLPattern().test("https://example.com/"), true);
  equal(new URLPattern({ hostname: "a" }).test("no url"), false);
  ok(new URLPattern({ hostname: "[\\:\\:1]" }).test("http://[::1]/"));
  ok(new URLPattern({ pathname: "/(\\w+)" }).hasRegExpGroups);
});

import { deepEqual, equal, rejects, test } from "../core/testing.ts";

test("data: URLs", async () => {
  const cases: [url: string, type: string, body: string][] = [
    ["data:,a%20b", "text/plain;charset=US-ASCII", "a b"],
    ["data:text/html,<p>#fragment", "text/html", "<p>"],
    ["data:Text/HTML;Charset=X,", "text/html;charset=X", ""],
    ["data:;charset=x,X", "text/plain;charset=x", "X"],
    ["data:nonsense,X", "text/plain;charset=US-ASCII", "X"],
    ["data:;base64,aGk=", "text/plain;charset=US-ASCII", "hi"],
    ["data:x/y;  BASE64 ,a%47k", "x/y", "hi"],
    ["data:x/y;base64;z=1,aGk=", "x/y;z=1", "aGk="],
    ["data:x/ybase64,aGk=", "x/ybase64", "aGk="],
    ["data:,%zz%4", "text/plain;charset=US-ASCII", "%zz%4"],
  ];
  for (const [url, type, body] of cases) {
    const response = await fetch(url);
    deepEqual([response.status, response.statusText, response.type, response.headers.get("content-type")], [200, "OK", "basic", type], url);
    equal(await response.text(), body, url);
  }
});

test("data: URLs: bytes, HEAD, faults", async () => {
  deepEqual(await (await fetch("data:,%ff%00")).bytes(), new Uint8Array([0xff, 0]));
  const head = await fetch("data:,x", { method: "HEAD" });
  equal(head.body, null);
  await rejects(fetch("data:text/plain"), TypeError);
  await rejects(fetch("data:;base64,a"), TypeError);
  await rejects(fetch("data:,x", { signal: AbortSignal.abort() }), "AbortError");
});

import { deepEqual, equal, ok, rejects, test } from "../core/testing.ts";

const { Response } = globalThis as any;

function parse(body: string | Uint8Array, boundary = "b"): Promise<FormData> {
  return new Response(body, { headers: { "Content-Type": `multipart/form-data; boundary=${boundary}` } }).formData();
}

async function encode(form: FormData): Promise<{ boundary: string; text: string }> {
  const response = new Response(form);
  const [, boundary] = /^multipart\/form-data; boundary=(.+)$/.exec(response.headers.get("content-type"))!;
  return { boundary: boundary!, text: await response.text() };
}

/** A part of one field. */
function part(disposition: string, body = "v", headers = ""): string {
  return `--b\r\nContent-Disposition: ${disposition}\r\n${headers}\r\n${body}\r\n`;
}
const end = "--b--\r\n";

test("multipart: encoding", async () => {
  const form = new FormData();
  form.append("a", "1\n2\r3\r\n4");
  form.append('q"\r\n%22\u00e9', "v");
  form.append("f", new Blob(["x\ny"]), 'n"\nm\r.txt');
  form.append("g", new File(["z"], "g", { type: "text/plain" }));
  const { boundary, text } = await encode(form);
  ok(boundary.length <= 70);
  equal(
    text,
    [
      `--${boundary}`,
      `Content-Disposition: form-data; name="a"`,
      "",
      "1\r\n2\r\n3\r\n4",
      `--${boundary}`,
      `Content-Disposition: form-data; name="q%22%0D%0A%22\u00e9"`,
      "",
      "v",
      `--${boundary}`,
      `Content-Disposition: form-data; name="f"; filename="n%22%0Am%0D.txt"`,
      "Content-Type: application/octet-stream",
      "",
      "x\ny",
      `--${boundary}`,
      `Content-Disposition: form-data; name="g"; filename="g"`,
      "Content-Type: text/plain",
      "",
      "z",
      `--${boundary}--`,
      "",
    ].join("\r\n"),
  );
});

test("multipart: every body has a boundary of its own", async () => {
  const form = new FormData();
  const { boundary, text } = await encode(form);
  equal(text, `--${boundary}--\r\n`);
  ok((await encode(form)).boundary !== boundary);
});

test("multipart: there and back", async () => {
  const form = new FormData();
  form.append('a"\r\n', "v\r\nw");
  form.append("\u20ac", "\ufefftext");
  form.append("f", new File([new Uint8Array([0, 13, 10, 45, 45, 255])], 'f"\n', { type: "a/b" }));
  form.append("e", new File([], ""));
  const back: FormData = await new Response(form).formData();
  deepEqual([...back.keys()], ['a"\r\n', "\u20ac", "f", "e"]);
  equal(back.get('a"\r\n'), "v\r\nw");
  equal(back.get("\u20ac"), "\ufefftext");
  const file = back.get("f") as File;
  equal(file.name, 'f"\n');
  equal(file.type, "a/b");
  deepEqual(await file.bytes(), new Uint8Array([0, 13, 10, 45, 45, 255]));
  equal((back.get("e") as File).size, 0);
  equal((back.get("e") as File).type, "application/octet-stream");
});

const good: [string, string, [string, string][]][] = [
  ["nothing", end, []],
  ["no CRLF at the end", "--b--", []],
  ["one field", part('form-data; name="a"') + end, [["a", "v"]]],
  ["two fields of a name", part('form-data; name="a"', "1") + part('form-data; name="a"', "2") + end, [["a", "1"], ["a", "2"]]], // prettier-ignore
  ["an empty value", part('form-data; name="a"', "") + end, [["a", ""]]],
  ["no body at all", '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n--b--', [["a", ""]]],
  ["an empty name", part('form-data; name=""') + end, [["", "v"]]],
  ["a token as name", part("form-data; name=a") + end, [["a", "v"]]],
  ["letter case", part('FORM-data; NAME="a"').replace("Content-D", "cONTENT-d") + end, [["a", "v"]]],
  ["other parameters", part('form-data; x=y; name="a"; filename*=UTF-8\'\'f') + end, [["a", "v"]]],
  ["no blanks", part('form-data;name="a"').replace(": ", ":") + end, [["a", "v"]]],
  ["other headers", part('form-data; name="a"', "v", "X-Y: \u00ff z\r\nContent-Type: text/plain; charset=utf-16\r\n") + end, [["a", "v"]]], // prettier-ignore
  ["escapes in a name", part('form-data; name="%22%0d%0D%0A%41%"') + end, [['"%0d\r\n%41%', "v"]]],
  ["a backslash in a name", part('form-data; name="a\\b"') + end, [["a\\b", "v"]]],
  ["UTF-8", part('form-data; name="\u20ac"', "\u{1f600}") + end, [["\u20ac", "\u{1f600}"]]],
  ["a preamble", `preamble\r\n${part('form-data; name="a"')}${end}`, [["a", "v"]]],
  ["an epilogue", `${part('form-data; name="a"')}${end}epilogue --b`, [["a", "v"]]],
  ["blanks after boundaries", part('form-data; name="a"').replace("--b", "--b \t") + "--b-- \t\r\n", [["a", "v"]]],
  ["what looks like a boundary", part('form-data; name="a"', "x--b\n--b\r\n-b\r\r\n--a\r\n") + end, [["a", "x--b\n--b\r\n-b\r\r\n--a\r\n"]]], // prettier-ignore
];
for (const [name, body, expected] of good) {
  test(`multipart: ${name}`, async () => deepEqual([...(await parse(body))], expected));
}

const bad: [string, string][] = [
  ["an empty body", ""],
  ["no boundary", "hello"],
  ["another boundary", part('form-data; name="a"').replace("--b", "--c") + "--c--\r\n"],
  ["no closing boundary", part('form-data; name="a"')],
  ["a bare LF", part('form-data; name="a"').replace("\r\n\r\n", "\n\n") + end],
  ["a bare LF after the boundary", part('form-data; name="a"').replace("--b\r\n", "--b\n") + end],
  ["a longer boundary", part('form-data; name="a"').replace("--b", "--bc") + end],
  ["text after the closing boundary", `${part('form-data; name="a"')}--b--x`],
  ["no disposition", `--b\r\nContent-Type: text/plain\r\n\r\nv\r\n${end}`],
  ["no headers", `--b\r\n\r\nv\r\n${end}`],
  ["headers that do not end", '--b\r\nContent-Disposition: form-data; name="a"'],
  ["another disposition", part('attachment; name="a"') + end],
  ["no name", part("form-data") + end],
  ["only a file name", part('form-data; filename="a"') + end],
  ["two names", part('form-data; name="a"; name="b"') + end],
  ["two file names", part('form-data; name="a"; filename="a"; filename="b"') + end],
  ["two dispositions", part('form-data; name="a"', "v", 'Content-Disposition: form-data; name="b"\r\n') + end],
  ["an open quote", part('form-data; name="a') + end],
  ["text after a quote", part('form-data; name="a"b') + end],
  ["an empty token", part("form-data; name=") + end],
  ["no equals sign", part("form-data; name") + end],
  ["a header without a colon", part('form-data; name="a"', "v", "X\r\n") + end],
  ["a blank before the colon", part('form-data; name="a"').replace(":", " :") + end],
  ["a folded header", part('form-data;\r\n name="a"') + end],
];
for (const [name, body] of bad) {
  test(`multipart: refuses ${name}`, async () => void (await rejects(parse(body), TypeError)));
}

test("multipart: files", async () => {
  const body =
    part('form-data; name="a"; filename="x.txt"') +
    part('form-data; filename="y"; name="b"', "\r\n", "Content-Type: Text/HTML; charset=x \t\r\n") +
    part('form-data; name="c"; filename=""', "", "Content-Type: \u20ac\r\n");
  const form = await parse(body + end);
  const [a, b, c] = ["a", "b", "c"].map((name) => form.get(name) as File);
  equal(a!.name, "x.txt");
  equal(a!.type, "text/plain");
  equal(await a!.text(), "v");
  equal(b!.name, "y");
  equal(b!.type, "text/html; charset=x");
  equal(await b!.text(), "\r\n");
  equal(c!.type, "");
  equal(c!.size, 0);
});

test("multipart: a value is UTF-8, malformed or not, and keeps its byte order mark", async () => {
  const encoder = [...part('form-data; name="a"', "\u0001\u0002\u0003\u0004") + end].map((c) => c.charCodeAt(0));
  const at = encoder.indexOf(1);
  encoder.splice(at, 4, 0xef, 0xbb, 0xbf, 0xff);
  equal((await parse(new Uint8Array(encoder))).get("a"), "\ufeff\ufffd");
});

test("multipart: nearly boundaries without end take linear time", async () => {
  const boundary = "-".repeat(60);
  const near = `\r\n--${"-".repeat(59)}x`;
  const body = `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n${near.repeat(5000)}`;
  await rejects(parse(body, boundary), TypeError);
  equal((await parse(`${body}\r\n--${boundary}--`, boundary)).get("a")!.toString().length, near.length * 5000);
});

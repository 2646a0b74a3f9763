import { equal, test } from "../core/testing.ts";
import { extractMIMEType, parseMIMEType, serializeMIMEType } from "./mime.ts";

test("MIME types: parsing and serializing", () => {
  const cases: [input: string, output: string | null][] = [
    ["text/html", "text/html"],
    [" \t\r\nTEXT/Html \n", "text/html"],
    ["text/html;charset=UTF-8", "text/html;charset=UTF-8"],
    ["text/html; CharSet = gbk", "text/html"],
    ["text/html; charset= gbk", 'text/html;charset=" gbk"'],
    ["text/html;charset=gbk ;x=y", "text/html;charset=gbk;x=y"],
    ["text/html;charset=gbk;charset=utf-8", "text/html;charset=gbk"],
    ["text/html;;;;charset=gbk", "text/html;charset=gbk"],
    ["text/html;charset;charset=gbk", "text/html;charset=gbk"],
    ["text/html;charset=;charset=gbk", "text/html;charset=gbk"],
    ["text/html;charset=\"\"", 'text/html;charset=""'],
    ['text/html;charset="gbk"', "text/html;charset=gbk"],
    ['text/html;charset="gbk";x=y', "text/html;charset=gbk;x=y"],
    ['text/html;charset="gbk"rest;x=y', "text/html;charset=gbk;x=y"],
    ['text/html;charset="g;b"', 'text/html;charset="g;b"'],
    ['text/html;charset="g\\"\\\\b"', 'text/html;charset="g\\"\\\\b"'],
    ['text/html;charset="gbk', "text/html;charset=gbk"],
    ['text/html;charset="gbk\\', 'text/html;charset="gbk\\\\"'],
    ["text/html;charset=\u0100", "text/html"],
    ["text/html;ch(r=gbk", "text/html"],
    ["text/html ;x=y", "text/html;x=y"],
    ["text", null],
    ["", null],
    ["/html", null],
    ["text/", null],
    ["text /html", null],
    ["text/ht ml", null],
    ["té/html", null],
  ];
  for (const [input, output] of cases) {
    const parsed = parseMIMEType(input);
    equal(parsed && serializeMIMEType(parsed), output, input);
  }
});

test("MIME types: extracting one from the values of Content-Type", () => {
  const cases: [input: string | null, output: string | null][] = [
    [null, null],
    ["", null],
    ["text/plain;charset=gbk, text/html", "text/html"],
    ["text/html;charset=gbk;a=b, text/html;x=y", "text/html;x=y;charset=gbk"],
    ["text/html;charset=gbk, text/html;charset=utf-8", "text/html;charset=utf-8"],
    ["text/html;charset=gbk, x/x, text/html;x=y", "text/html;x=y"],
    ["text/html, */*", "text/html"],
    ["text/html, cannot-parse", "text/html"],
    ['text/html;x=",text/plain"', 'text/html;x=",text/plain"'],
    ["*/*;charset=gbk, */*", null],
  ];
  for (const [input, output] of cases) {
    const found = extractMIMEType(input);
    equal(found && serializeMIMEType(found), output, `${input}`);
  }
});

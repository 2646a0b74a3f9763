// HTMLRewriter: what passes through, what handlers see, and what they change.
import { HTMLRewriter as Imported } from "hedge:html";
import { AsyncLocalStorage } from "node:async_hooks";
import { deepEqual, equal, ok, rejects, run, test, throws } from "./testing.ts";

const encoder = new TextEncoder();

/** A response whose body comes in pieces of so many bytes. */
function inPieces(html: string | Uint8Array, size: number, type = "text/html"): Response {
  const bytes = typeof html === "string" ? encoder.encode(html) : html;
  let at = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, (at += size)));
    },
  });
  return new Response(body, { headers: { "content-type": type } });
}

const sizes = [1, 3, 7, 100_000];

/** Checks what becomes of a document, in pieces of several sizes. */
function rewrites(name: string, html: string, make: () => HTMLRewriter, expected: string): void {
  for (const size of sizes) {
    test(`${name}, ${size} bytes at a time`, async () => equal(await make().transform(inPieces(html, size)).text(), expected));
  }
}

test("it is a global, and a module's", () => equal(HTMLRewriter, Imported));

const documents: string[] = [
  "<!DOCTYPE html><html><head><title>a <b> </title></head><body class=x id='y'>text &amp; <br/>more</body></html>",
  "<p>h\u00e9\u20ac\ud83d\ude00<img src=a/><a href=/x/>x</a></>< a></ p><p/>",
  "<script>if (a < b) '<!-- <script> </script> -->' </script><style>a>b{}</style>",
  "<script>'<!--'; a-->b <!-- -- <script>x</script> --><b></script><i>", "<script><!--></script><b>", "<script>-<!--<script </script <b></script>--></script>",
  "<textarea><b></textarea ><!-- a > b -- c --><!--> <!---> <!x> <?y?> </ z>",
  "<svg><title><b>x</b></title><![CDATA[ <p> ]]><path d=''/></svg><![CDATA[x]]>",
  "<div a = 'b' c=\"d\" e=f g =h/><input disabled =><x =y>",
  "<p <b>", "<", "</", "<!", "<!--", "<p", "text", "<plaintext></plaintext><b>",
];
for (const html of documents) {
  rewrites(`what is not changed passes through: ${html.slice(0, 12)}`, html, () => new HTMLRewriter().on("*", { element() {}, comments() {}, text() {} }), html);
}

test("bytes of other encodings pass through, and what is inserted fits in", async () => {
  const bytes = new Uint8Array([...encoder.encode("<p title="), 0xe9, ...encoder.encode(">caf"), 0xe9, ...encoder.encode("</p>")]);
  const seen: unknown[] = [];
  const response = new HTMLRewriter()
    .on("p", {
      element(p) {
        seen.push(p.getAttribute("title"));
        p.append("\u20ac");
      },
      text({ text }) {
        seen.push(text);
      },
    })
    .transform(inPieces(bytes, 2, 'text/html; charset="iso-8859-1"'));
  const out = new Uint8Array(await response.arrayBuffer());
  equal(new TextDecoder("latin1").decode(out), "<p title=\u00e9>caf\u00e9&#8364;</p>");
  equal(seen[0], "\u00e9");
  equal(seen.slice(1).join(""), "caf\u00e9");
});

// "表示" and "漢字": of one to four bytes a character, where a byte means nothing by itself.
const multibyte: [charset: string, bytes: number[], text: string][] = [
  ["shift_jis", [0x95, 0x5c, 0x8e, 0xa6, 0xb1, 0x41], "\u8868\u793a\uff71A"],
  ["euc-jp", [0xb4, 0xc1, 0xbb, 0xfa, 0x8f, 0xb0, 0xa1], "\u6f22\u5b57\u4e02"],
  ["gbk", [0xb1, 0xed, 0xca, 0xbe, 0x41], "\u8868\u793aA"],
  ["gb18030", [0xb1, 0xed, 0x81, 0x30, 0x81, 0x30, 0x39], "\u8868\u00809"],
];
for (const [charset, bytes, text] of multibyte) {
  for (const size of sizes) {
    test(`text in ${charset} comes in whole characters, ${size} bytes at a time`, async () => {
      const document = new Uint8Array([...encoder.encode("<p>"), ...bytes, ...encoder.encode("</p>")]);
      let seen = "";
      const response = new HTMLRewriter().on("p", { text: (piece) => void (seen += piece.text) }).transform(inPieces(document, size, `text/html; charset=${charset}`));
      deepEqual(new Uint8Array(await response.arrayBuffer()), document);
      equal(seen, text);
    });
  }
}

const mark = (selector: string): HTMLRewriter => new HTMLRewriter().on(selector, { element: (e) => void e.setAttribute("x", "") });
const tree = "<div id=a class='c d'><p></p><p lang=en-GB></p><b></b></div><p></p>";
const selections: [string, string][] = [
  ["p", "<div id=a class='c d'><p x=\"\"></p><p lang=\"en-GB\" x=\"\"></p><b></b></div><p x=\"\"></p>"],
  ["div p", "<div id=a class='c d'><p x=\"\"></p><p lang=\"en-GB\" x=\"\"></p><b></b></div><p></p>"],
  ["#a.c > b", "<div id=a class='c d'><p></p><p lang=en-GB></p><b x=\"\"></b></div><p></p>"],
  ["p[lang|=en], b:nth-child(3)", "<div id=a class='c d'><p></p><p lang=\"en-GB\" x=\"\"></p><b x=\"\"></b></div><p></p>"],
  ["p[LANG^='EN' i]:not(.z)", "<div id=a class='c d'><p></p><p lang=\"en-GB\" x=\"\"></p><b></b></div><p></p>"],
  ["p:nth-of-type(2n)", "<div id=a class='c d'><p></p><p lang=\"en-GB\" x=\"\"></p><b></b></div><p></p>"],
  ["div > :first-of-type:not(p)", "<div id=a class='c d'><p></p><p lang=en-GB></p><b x=\"\"></b></div><p></p>"],
  ["* > p, :not(b) > p", "<div id=a class='c d'><p x=\"\"></p><p lang=\"en-GB\" x=\"\"></p><b></b></div><p></p>"],
  ["[class~=d]", "<div id=\"a\" class=\"c d\" x=\"\"><p></p><p lang=en-GB></p><b></b></div><p></p>"],
];
for (const [selector, expected] of selections) rewrites(`the selector ${selector}`, tree, () => mark(selector), expected);

test("selectors that cannot be decided are refused", () => {
  for (const selector of ["", "p:last-child", "a + b", "a ~ b", "p:hover", "p[", "p[a='b]", "::before", "p,", ":not(", "p)"]) {
    throws(() => mark(selector), TypeError);
  }
});

const change = (fn: (e: any) => void) => () => new HTMLRewriter().on("b", { element: fn });
const changes: [string, (e: any) => void, string][] = [
  ["before and after", (e) => e.before("<1>").before("<i>2</i>", { html: true }).after("3").after("4"), "x&lt;1&gt;<i>2</i><b c=d>y</b>43z"],
  ["prepend and append", (e) => e.prepend("1").prepend("2").append("3").append("4"), "x<b c=d>21y34</b>z"],
  ["setInnerContent", (e) => e.setInnerContent("<u>", { html: true }), "x<b c=d><u></b>z"],
  ["replace", (e) => e.replace("<u/>", { html: true }), "x<u/>z"],
  ["remove", (e) => e.before("1").after("2").remove(), "x12z"],
  ["removeAndKeepContent", (e) => e.removeAndKeepContent().prepend("1"), "x1yz"],
  ["tagName", (e) => (e.tagName = "u"), 'x<u c="d">y</u>z'],
  ["attributes", (e) => e.setAttribute("c", '"q"').setAttribute("e", "\u00e9").removeAttribute("none"), 'x<b c="&quot;q&quot;" e="\u00e9">y</b>z'],
  ["removeAttribute", (e) => e.removeAttribute("C"), "x<b>y</b>z"],
  ["onEndTag", (e) => e.onEndTag((tag: any) => tag.before("1").after(tag.name)), "x<b c=d>y1</b>bz"],
];
for (const [name, fn, expected] of changes) rewrites(name, "x<b c=d>y</b>z", change(fn), expected);

rewrites("no quotation mark ends a value", `<a href=x"'onclick=alert(1)><a href='"' title="'"></a>`, () =>
  new HTMLRewriter().on("a", { element: (a) => void a.setAttribute("id", `"'`) }), `<a href="x&quot;'onclick=alert(1)" id="&quot;'"><a href="&quot;" title="'" id="&quot;'"></a>`);

rewrites("text and comments", "<p>one<!-- c --> two</p><!--d-->", () => {
  let words = "";
  return new HTMLRewriter().on("p", {
    text(text) {
      words += text.text;
      text.remove();
      if (!text.lastInTextNode) return;
      text.before(`[${words}]`);
      words = "";
    },
    comments(comment) {
      comment.text = comment.text.toUpperCase();
    },
  });
}, "<p>[one]<!-- C -->[ two]</p><!--d-->");

rewrites("the document", "<!doctype HTML PUBLIC '-//x' \"y\"><!--a-->b", () => {
  const seen: unknown[] = [];
  return new HTMLRewriter().onDocument({
    doctype: (d) => void seen.push(d.name, d.publicId, d.systemId),
    comments: (c) => void c.remove(),
    end: (end) => void end.append(seen.join()),
  });
}, "<!doctype HTML PUBLIC '-//x' \"y\">bhtml,-//x,y");

rewrites("elements that are never closed, and end tags of none", "<ul><li>a<li>b</ul></i>c", () =>
  new HTMLRewriter().on("li", { element: (li) => void li.append("!") }), "<ul><li>a<li>b!!</ul></i>c");

rewrites("elements that the document leaves open", "<body><p>a<b>b", () =>
  new HTMLRewriter().on("body, p", { element: (e) => void e.append(`/${e.tagName}`).after("!") }).onDocument({ end: (end) => void end.append(".") }), "<body><p>a<b>b/p!/body!.");

rewrites("what was changed is removed all the same", "<b>x</b><!--c-->", () =>
  new HTMLRewriter()
    .on("b", {
      element(b) {
        b.onEndTag((tag) => {
          tag.name = "i";
          equal(tag.removed, false);
          tag.remove();
        });
      },
    })
    .onDocument({
      comments(comment) {
        comment.text = "d";
        equal(comment.removed, false);
        comment.remove();
      },
    }), "<b>x");

rewrites("an element by the name of a property that all objects have", "<constructor><br></constructor>", () =>
  new HTMLRewriter().on("br", { element: (br) => void br.after(br.namespaceURI) }), "<constructor><br>http://www.w3.org/1999/xhtml</constructor>");

test("content that is a response or a stream is refused", async () => {
  for (const content of [new Response("x"), new Response("x").body]) {
    const response = new HTMLRewriter().on("b", { element: (b: any) => void b.setInnerContent(content) }).transform(new Response("<b></b>"));
    await rejects(response.text(), TypeError);
  }
});

test("handlers may be asynchronous, and come one after the other", async () => {
  const order: string[] = [];
  const slowly = async (e: { tagName: string; after(text: string): unknown }): Promise<void> => {
    order.push(`<${e.tagName}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    e.after("!");
    order.push(`${e.tagName}>`);
  };
  const text = await new HTMLRewriter().on("b, i", { element: slowly }).transform(inPieces("<b></b><i></i>", 4)).text();
  equal(text, "<b></b>!<i></i>!");
  deepEqual(order, ["<b", "b>", "<i", "i>"]);
});

test("two documents at once, by one rewriter", async () => {
  const rewriter = new HTMLRewriter().on("b", { async element(b) { await null; b.append("!"); } });
  const texts = await Promise.all([1, 2].map((n) => rewriter.transform(inPieces(`<b>${n}</b>`, 2)).text()));
  deepEqual(texts, ["<b>1!</b>", "<b>2!</b>"]);
});

test("what a handler throws fails the body, and cancels its source", async () => {
  let cancelled: unknown;
  const body = new ReadableStream({ pull: (c) => c.enqueue(encoder.encode("<b>")), cancel: (reason) => void (cancelled = reason) });
  const response = new HTMLRewriter().on("b", { element() { throw new RangeError("mine"); } }).transform(new Response(body));
  await rejects(response.text(), RangeError);
  await new Promise((resolve) => setTimeout(resolve, 1));
  equal((cancelled as Error)?.message, "mine");
});

test("nothing is read that nobody reads", async () => {
  let pulled = 0;
  const body = new ReadableStream({ pull(c) { pulled++; c.enqueue(encoder.encode("<p>x</p>".repeat(1000))); } });
  const reader = new HTMLRewriter().on("p", { element() {} }).transform(new Response(body)).body!.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 5));
  ok(pulled < 8, `${pulled} chunks were read for one`);
  await reader.cancel();
});

test("a part that was passed on cannot be changed", async () => {
  let kept: any;
  await new HTMLRewriter().on("b", { element: (b) => void (kept = b) }).transform(new Response("<b></b>")).text();
  throws(() => kept.before("x"), TypeError);
  throws(() => kept.setAttribute("x", "y"), TypeError);
});

test("status and fields stay, but the length", async () => {
  const response = new HTMLRewriter().transform(new Response("x", { status: 404, headers: { "content-length": "1", etag: '"a"' } }));
  equal(response.status, 404);
  equal(response.headers.get("etag"), '"a"');
  equal(response.headers.get("content-length"), null);
  equal(new HTMLRewriter().transform(new Response(null, { status: 204 })).body, null);
});

test("a selector costs no more for how many ways there are to match a part of it", async () => {
  const html = `${"<div>".repeat(300)}<p>x</p>`;
  const text = await mark("main > i div div div div div p").transform(new Response(html)).text();
  equal(text, html);
});

test("a long script in which a comment begins passes through", async () => {
  const html = `<script>"<!--"${"x".repeat(2 << 20)}</script><b></b>`;
  const rewritten = await new HTMLRewriter().on("b", { element: (b) => void b.remove() }).transform(inPieces(html, 100_000)).text();
  ok(rewritten === html.slice(0, -"<b></b>".length));
});

test("a tag that never ends, and elements without end, are refused", async () => {
  await rejects(new HTMLRewriter().transform(new Response("<p " + "x".repeat(2 << 20))).text(), RangeError);
  await rejects(new HTMLRewriter().transform(new Response("<p>".repeat(10_000))).text(), RangeError);
});

test("handlers run with the stores of who rewrites", async () => {
  const storage = new AsyncLocalStorage<string>();
  let seen: unknown;
  const response = storage.run("mine", () => new HTMLRewriter().on("b", { element: () => void (seen = storage.getStore()) }).transform(new Response("<b>")));
  await response.text();
  equal(seen, "mine");
});

export default { fetch: async () => new Response(await run()) };

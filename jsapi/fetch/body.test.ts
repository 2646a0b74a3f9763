import { deepEqual, equal, ok, rejects, test, throws } from "../core/testing.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function streamOf(...chunks: unknown[]): ReadableStream<any> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

test("body: a body that was read without a stream has one that is used up", async () => {
  for (const init of ["text", bytesOf("text"), streamOf(bytesOf("text"))]) {
    const response = new Response(init);
    const text = response.text();
    ok(response.bodyUsed && response.body!.locked);
    throws(() => response.body!.getReader(), TypeError);
    equal(response.body, response.body);
    equal(await text, "text");
    await rejects(response.text(), TypeError);
  }
});

test("body: a request that another was made of keeps its stream, used up", async () => {
  const from = new Request("http://a.example/", { method: "POST", body: "text" });
  const stream = from.body;
  const to = new Request(from);
  equal(from.body, stream);
  ok(from.bodyUsed && from.body!.locked);
  equal(await to.text(), "text");
});

test("body: what one of two clones reads is not the other's", async () => {
  const first = new Response(bytesOf("abc"));
  const second = first.clone();
  (await first.bytes())[0] = 0;
  equal(await second.text(), "abc");
});

test("body: what is read of a stream is not the memory of who writes it", async () => {
  const scratch = new Uint8Array(2);
  const { readable, writable } = new TransformStream();
  const text = new Response(readable).text();
  const writer = writable.getWriter();
  for (const part of ["ab", "cd", "ef"]) {
    new TextEncoder().encodeInto(part, scratch);
    await writer.write(scratch);
  }
  await writer.close();
  equal(await text, "abcdef");

  const kept = bytesOf("abc");
  (await new Response(streamOf(kept)).bytes())[0] = 0;
  equal(new TextDecoder().decode(kept), "abc");
});

test("body: a Blob has the MIME type of the Content-Type", async () => {
  const cases: [contentType: string | null, type: string][] = [
    [null, ""],
    ["Text/HTML; Charset=X", "text/html;charset=X"],
    ["text/plain, text/html", "text/html"],
    ["nonsense", ""],
  ];
  for (const [contentType, type] of cases) {
    const headers: [string, string][] = contentType === null ? [] : [["content-type", contentType]];
    equal((await new Response(bytesOf("x"), { headers }).blob()).type, type);
    equal((await new Response(null, { headers }).blob()).type, type);
  }
});

test("body: a form that went through a Blob", async () => {
  const parts = "--AbC\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nv\r\n--AbC--\r\n";
  const blob = await new Response(parts, { headers: { "content-type": "multipart/form-data; boundary=AbC" } }).blob();
  equal((await new Response(blob).formData()).get("k"), "v");
});

test("body: forms", async () => {
  const response = (type: string, body: string) => new Response(body, { headers: { "content-type": type } });
  const form = await response("application/x-www-form-urlencoded;charset=x", "\ufeffa=b+c&%ff").formData();
  deepEqual([...form], [["\ufeffa", "b c"], ["\ufffd", ""]]);
  const parts = '--"x;\r\nContent-Disposition: form-data; name="k"\r\n\r\nv\r\n--"x;--\r\n';
  deepEqual([...(await response('multipart/form-data; boundary="\\"x;"', parts).formData())], [["k", "v"]]);
  await rejects(response("multipart/form-data", parts).formData(), TypeError);
  await rejects(response("text/plain", "a=b").formData(), TypeError);
});

test("body: a then that an app puts on all objects sees nothing", async () => {
  const seen: unknown[] = [];
  Object.defineProperty(Object.prototype, "then", {
    configurable: true,
    get() {
      seen.push(this);
      return undefined;
    },
  });
  const text = await new Response(streamOf(bytesOf("he"), bytesOf("llo"))).text();
  delete (Object.prototype as { then?: unknown }).then;
  equal(text, "hello");
  equal(seen.length, 0);
});

test("body: a stream of other chunks than bytes fails", async () => {
  for (const chunk of ["text", 1, null, [1], new ArrayBuffer(1)]) await rejects(new Response(streamOf(chunk)).text(), TypeError);
});

test("fetch: an aborted signal uses the body up and tells its source", async () => {
  const reasons: unknown[] = [];
  const body = new ReadableStream({ cancel: (reason) => void reasons.push(reason) });
  const why = new Error("why");
  const request = new Request("http://a.example/", { method: "POST", body, duplex: "half", signal: AbortSignal.abort(why) });
  const sent = fetch(request);
  ok(request.bodyUsed);
  deepEqual(reasons, [why]);
  equal(await rejects(sent), why);
});

import { deepEqual, equal, ok, rejects, test, throws } from "../core/testing.ts";

/** The events of a read, up to its end, and the reader. */
function read(begin: (reader: FileReader) => void): Promise<{ reader: FileReader; events: string[] }> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    const events: string[] = [];
    for (const type of ["loadstart", "progress", "load", "abort", "error", "loadend"] as const) {
      reader.addEventListener(type, (event) => {
        events.push(`${type} ${event.loaded}/${event.total} ${reader.readyState}`);
        if (type === "loadend") resolve({ reader, events });
      });
    }
    begin(reader);
  });
}

test("FileReader: what it makes of a Blob", async () => {
  const blob = new Blob(["aé"], { type: "text/plain" });
  const { reader, events } = await read((r) => r.readAsText(blob));
  equal(reader.result, "aé");
  deepEqual(events, ["loadstart 0/3 1", "progress 3/3 1", "load 3/3 2", "loadend 3/3 2"]);
  equal((await read((r) => r.readAsDataURL(blob))).reader.result, "data:text/plain;base64,YcOp");
  equal((await read((r) => r.readAsDataURL(new Blob(["x"])))).reader.result, "data:application/octet-stream;base64,eA==");
  equal((await read((r) => r.readAsBinaryString(blob))).reader.result, "a\xc3\xa9");
  const buffer = (await read((r) => r.readAsArrayBuffer(blob))).reader.result;
  deepEqual(new Uint8Array(buffer as ArrayBuffer), new Uint8Array([0x61, 0xc3, 0xa9]));
  deepEqual((await read((r) => r.readAsText(new Blob()))).events, ["loadstart 0/0 1", "load 0/0 2", "loadend 0/0 2"]);
});

test("FileReader: which encoding a text has", async () => {
  const table: [bytes: number[], type: string, label: string | undefined, text: string][] = [
    [[0x82, 0xa0], "", "shift_jis", "あ"],
    [[0x82, 0xa0], "text/plain;charset=shift_jis", undefined, "あ"],
    [[0xe9], "text/plain;charset=latin1", "none", "é"],
    [[0xff, 0xfe, 0x61, 0], "text/plain;charset=latin1", undefined, "a"],
    [[0xef, 0xbb, 0xbf, 0x61], "", "utf-16le", "a"],
    [[0xe9], "text/plain;charset=none", undefined, "\ufffd"],
    [[0x61, 0x62], "", "replacement", "\ufffd"],
  ];
  for (const [bytes, type, label, text] of table) {
    const blob = new Blob([new Uint8Array(bytes)], { type });
    equal((await read((r) => r.readAsText(blob, label))).reader.result, text, `${bytes} ${type} ${label}`);
  }
});

test("FileReader: abort, and one read at a time", async () => {
  const blob = new Blob(["abc"]);
  const { reader, events } = await read((r) => {
    r.readAsText(blob);
    throws(() => r.readAsText(blob), "InvalidStateError");
    r.abort();
  });
  deepEqual(events, ["abort 0/0 2", "loadend 0/0 2"]);
  equal(reader.result, null);
  const again = await new Promise<unknown>((resolve) => {
    reader.onload = () => resolve(reader.result);
    reader.readAsText(blob);
  });
  equal(again, "abc");
  throws(() => reader.readAsText("abc" as never), TypeError);
});

test("blob: URLs", async () => {
  const url = URL.createObjectURL(new Blob(["abc"], { type: "text/css" }));
  ok(/^blob:null\/[0-9a-f-]{36}$/.test(url), url);
  const response = await fetch(`${url}#fragment`);
  deepEqual([response.status, response.headers.get("content-type"), response.headers.get("content-length")], [200, "text/css", "3"]);
  equal(await response.text(), "abc");
  await rejects(fetch(url, { method: "POST" }), TypeError);
  await rejects(fetch(`${url}?query`), TypeError);
  const request = new Request(url);
  URL.revokeObjectURL(`${url}#other`);
  equal(await (await fetch(url)).text(), "abc");
  URL.revokeObjectURL(url);
  await rejects(fetch(url), TypeError);
  equal(await (await fetch(request.clone())).text(), "abc");
  equal(await (await fetch(request)).text(), "abc");
  throws(() => URL.createObjectURL({} as never), TypeError);
});

test("ProgressEvent", () => {
  const event = new ProgressEvent("p", { lengthComputable: true, loaded: 1.5, total: 3 });
  deepEqual([event.lengthComputable, event.loaded, event.total], [true, 1.5, 3]);
  deepEqual([new ProgressEvent("p").lengthComputable, new ProgressEvent("p").total], [false, 0]);
});

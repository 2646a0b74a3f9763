import { deepEqual, equal, ok, test, throws } from "../core/testing.ts";

const bytes = (...list: number[]) => new Uint8Array(list);
const decode = (label: string, list: number[], options?: TextDecoderOptions) =>
  new TextDecoder(label, options).decode(bytes(...list));

test("TextEncoder: encode", () => {
  const encoder = new TextEncoder();
  equal(encoder.encoding, "utf-8");
  deepEqual(encoder.encode("aé你💩"), bytes(0x61, 0xc3, 0xa9, 0xe4, 0xbd, 0xa0, 0xf0, 0x9f, 0x92, 0xa9));
  deepEqual(encoder.encode("\ud800x\udc00"), bytes(0xef, 0xbf, 0xbd, 0x78, 0xef, 0xbf, 0xbd));
  deepEqual(encoder.encode(), bytes());
  deepEqual(encoder.encode(undefined), bytes());
  deepEqual(encoder.encode(null as never), bytes(0x6e, 0x75, 0x6c, 0x6c));
});

test("TextEncoder: encodeInto writes whole characters", () => {
  const encoder = new TextEncoder();
  const table: [text: string, size: number, read: number, written: number][] = [
    ["abc", 2, 2, 2],
    ["aé", 2, 1, 1],
    ["💩", 3, 0, 0],
    ["💩x", 4, 2, 4],
    ["\ud800", 3, 1, 3],
    ["", 0, 0, 0],
  ];
  for (const [text, size, read, written] of table) {
    deepEqual(encoder.encodeInto(text, new Uint8Array(size)), { read, written }, text);
  }
  const part = new Uint8Array(4);
  encoder.encodeInto("ab", part.subarray(1, 3));
  deepEqual(part, bytes(0, 0x61, 0x62, 0));
  throws(() => encoder.encodeInto("a", new Uint8ClampedArray(1) as never), TypeError);
  throws(() => encoder.encodeInto("a", new ArrayBuffer(1) as never), TypeError);
});

// Malformed UTF-8 and what the standard makes of it.
const malformed: [list: number[], text: string][] = [
  [[0xff], "\ufffd"],
  [[0xc0, 0x80], "\ufffd\ufffd"],
  [[0xe0, 0x80, 0x80], "\ufffd\ufffd\ufffd"],
  [[0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"],
  [[0xf4, 0x90, 0x80, 0x80], "\ufffd\ufffd\ufffd\ufffd"],
  [[0xe4, 0xbd], "\ufffd"],
  [[0xe4, 0xbd, 0x41], "\ufffdA"],
  [[0xf0, 0x9f, 0x92], "\ufffd"],
  [[0x80], "\ufffd"],
];

test("TextDecoder: malformed UTF-8", () => {
  for (const [list, text] of malformed) {
    equal(decode("utf-8", list), text, `${list}`);
    throws(() => decode("utf-8", list, { fatal: true }), TypeError);
    // The same, a byte at a time.
    const decoder = new TextDecoder();
    let streamed = "";
    for (const byte of list) streamed += decoder.decode(bytes(byte), { stream: true });
    equal(streamed + decoder.decode(), text, `streamed ${list}`);
  }
});

test("TextDecoder: byte order marks", () => {
  const mark = [0xef, 0xbb, 0xbf];
  equal(decode("utf-8", [...mark, 0x61]), "a");
  equal(decode("utf-8", [...mark, ...mark]), "\ufeff");
  equal(decode("utf-8", mark, { ignoreBOM: true }), "\ufeff");
  equal(decode("utf-16le", [0xff, 0xfe, 0x61, 0]), "a");
  equal(decode("utf-16be", [0xfe, 0xff, 0, 0x61]), "a");
  equal(decode("utf-16le", [0xfe, 0xff]), "\ufffe");
  const decoder = new TextDecoder();
  equal(decoder.decode(bytes(0xef), { stream: true }), "");
  equal(decoder.decode(bytes(0xbb, 0xbf, 0x61), { stream: true }), "a");
  equal(decoder.decode(bytes(0xef, 0xbb, 0xbf)), "\ufeff");
  equal(decoder.decode(bytes(0xef, 0xbb, 0xbf, 0x62)), "b", "the next text");
});

test("TextDecoder: UTF-16", () => {
  equal(decode("utf-16le", [0x3d, 0xd8, 0xa9, 0xdc]), "💩");
  equal(decode("utf-16be", [0xd8, 0x3d, 0xdc, 0xa9]), "💩");
  equal(decode("utf-16le", [0x3d, 0xd8, 0x61, 0]), "\ufffda");
  equal(decode("utf-16le", [0x61, 0, 0x62]), "a\ufffd");
  equal(decode("utf-16le", [0x3d, 0xd8, 0x62]), "\ufffd", "half a pair and half a unit are one error");
  throws(() => decode("utf-16le", [0x61], { fatal: true }), TypeError);
  throws(() => decode("utf-16be", [0xdc, 0xa9], { fatal: true }), TypeError);
});

test("TextDecoder: any text in any chunks", () => {
  const text = "\ufeffa\u00e9\u4f60\u{1F4A9}\ufeff\ufffd\0z\u{10FFFF}";
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  const encoded: Record<string, Uint8Array<ArrayBuffer>> = {
    "utf-8": new TextEncoder().encode(text),
    "utf-16le": bytes(...units.flatMap((unit) => [unit & 255, unit >> 8])),
    "utf-16be": bytes(...units.flatMap((unit) => [unit >> 8, unit & 255])),
  };
  for (const [label, all] of Object.entries(encoded)) {
    for (let step = 1; step < 8; step++) {
      const decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true });
      let output = "";
      for (let i = 0; i < all.length; i += step) output += decoder.decode(all.subarray(i, i + step), { stream: true });
      equal(output + decoder.decode(), text, `${label} by ${step}`);
    }
  }
});

test("TextDecoder: after a fatal error it begins anew", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  decoder.decode(bytes(0xe4), { stream: true });
  throws(() => decoder.decode(bytes(0x41)), TypeError);
  equal(decoder.decode(bytes(0x42)), "B");
});

test("TextDecoder: windows-1252", () => {
  equal(decode("latin1", [0x61, 0x80, 0x81, 0x9f, 0xa0, 0xff]), "a\u20ac\u0081\u0178\u00a0\u00ff");
  equal(new TextDecoder("ASCII").encoding, "windows-1252");
});

test("TextDecoder: labels", () => {
  const table: [label: string, encoding: string][] = [
    ["utf8", "utf-8"],
    [" UTF-8\n", "utf-8"],
    ["unicode-1-1-utf-8", "utf-8"],
    ["utf-16", "utf-16le"],
    ["unicodefffe", "utf-16be"],
    ["iso-8859-1", "windows-1252"],
  ];
  for (const [label, encoding] of table) equal(new TextDecoder(label).encoding, encoding, label);
  for (const label of ["", "utf-7", "\u00a0utf-8", "ut\u017f-8", "iso-2022-kr", "replacement"]) {
    ok(throws(() => new TextDecoder(label), RangeError).message.includes("not the label"), label);
  }
});

test("TextDecoder: input and shape", () => {
  equal(new TextDecoder().decode(bytes(0x61, 0x62).buffer), "ab");
  equal(new TextDecoder().decode(new DataView(bytes(0x61, 0x62).buffer, 1)), "b");
  equal(new TextDecoder().decode(new Uint16Array([0x6261])), "ab");
  equal(new TextDecoder().decode(), "");
  throws(() => new TextDecoder().decode("x" as never), TypeError);
  throws(() => new TextDecoder("utf-8", 1 as never), TypeError);
  equal(TextDecoder.length, 0);
  equal(TextDecoder.prototype.decode.length, 0);
  equal(Object.prototype.toString.call(new TextDecoder()), "[object TextDecoder]");
  throws(() => TextDecoder.prototype.decode.call({} as never), TypeError);
});

// Text and its base64.
const vectors: [text: string, base64: string][] = [
  ["", ""],
  ["f", "Zg=="],
  ["fo", "Zm8="],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg=="],
  ["\x00\xff\xfe", "AP/+"],
];

test("atob, btoa: RFC 4648 vectors", () => {
  for (const [text, base64] of vectors) {
    equal(btoa(text), base64);
    equal(atob(base64), text);
  }
  equal(btoa(null as never), "bnVsbA==");
  equal(throws(() => btoa("€"), "InvalidCharacterError").code, 5);
});

test("atob: forgiving", () => {
  const table: [input: string, output: string | null][] = [
    ["Zg", "f"],
    ["Zm8", "fo"],
    [" Z g\t=\n=\f\r", "f"],
    ["Zh==", "f"],
    ["Zg=", null],
    ["Z", null],
    ["Zg===", null],
    ["Zg==Zg==", null],
    ["=", null],
    ["====", null],
    ["Zm9v====", null],
    ["Zm9v=", null],
    ["Z-_v", null],
    ["Zg\u00a0", null],
    ["Zg\u0100", null],
    ["Zm\v8", null],
  ];
  for (const [input, output] of table) {
    if (output === null) throws(() => atob(input), "InvalidCharacterError");
    else equal(atob(input), output, JSON.stringify(input));
  }
  throws(() => (atob as any)(), TypeError);
});

test("atob undoes btoa", () => {
  let text = "";
  for (let i = 0; i < 1000; i++) {
    text += String.fromCharCode((i * 7919) & 255);
    if (i % 37 < 3) equal(atob(btoa(text)), text);
  }
});

async function through(stream: TextEncoderStream | TextDecoderStream, chunks: unknown[]): Promise<any[]> {
  const writer = (stream.writable as WritableStream).getWriter();
  const writing = (async () => {
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  })();
  writing.catch(() => {});
  const output = [];
  const reader = (stream.readable as ReadableStream).getReader();
  for (let result = await reader.read(); !result.done; result = await reader.read()) output.push(result.value);
  await writing;
  return output;
}

test("TextEncoderStream joins surrogates", async () => {
  deepEqual(await through(new TextEncoderStream(), ["a\ud83d", "", "\udca9"]), [bytes(0x61), bytes(0xf0, 0x9f, 0x92, 0xa9)]);
  deepEqual(await through(new TextEncoderStream(), ["\ud83d"]), [bytes(0xef, 0xbf, 0xbd)]);
  deepEqual(await through(new TextEncoderStream(), ["\ud83d", "a"]), [bytes(0xef, 0xbf, 0xbd, 0x61)]);
});

test("TextDecoderStream joins characters", async () => {
  deepEqual(await through(new TextDecoderStream(), [bytes(0xe4), bytes(0xbd), bytes(0xa0, 0x61)]), ["你a"]);
  deepEqual(await through(new TextDecoderStream(), [bytes(0xe4)]), ["\ufffd"]);
  const failing = through(new TextDecoderStream("utf-8", { fatal: true }), [bytes(0xff)]);
  equal(await failing.catch((error) => error.name), "TypeError");
});

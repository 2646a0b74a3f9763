import { equal, ok, test, throws } from "../core/testing.ts";

/** Hexadecimal bytes, and their text. */
const table: Record<string, [bytes: string, text: string][]> = {
  big5: [
    ["41 a440 8740 c87a", "A一䏰𠃌"],
    ["8862 8864 88a3 88a5", "Ê̄Ê̌ê̄ê̌"],
    ["8140 81a1 80 ff a4", "\ufffd@\ufffd\ufffd\ufffd\ufffd"],
    ["a47f a4a0 fefe", "\ufffd\x7f\ufffd秔"],
  ],
  "euc-jp": [
    ["41 8eb1 b0a1 8fb0a1", "Aｱ亜丂"],
    ["8eff 8f41 8fa141 8fa1a1", "\ufffd\ufffdA\ufffdA\ufffd"],
    ["80 a0 ff 8e8f", "\ufffd\ufffd\ufffd\ufffd"],
    ["8fb0", "\ufffd"],
  ],
  "euc-kr": [
    ["41 b0a1 8141 c8fe", "A가갂힝"],
    ["8140 80 ff b0", "\ufffd@\ufffd\ufffd\ufffd"],
  ],
  gb18030: [
    ["41 80 8140 81308130 9030 8130 e3329a35", "A€丂\x80𐀀\u{10ffff}"],
    ["8135f437 a8bc a6d9 fe59 82359037 84319533", "\ue7c7ḿ︐龴龴\ufeff"],
    ["8130ff30 813081", "\ufffd0\ufffd0\ufffd"],
    ["81308181 39 8139", "\ufffd0亖9\ufffd"],
    ["8431a530 fe39fe39 817f ff", "\ufffd\ufffd\ufffd\x7f\ufffd"],
    ["81 308130 813081", "\x80\ufffd"],
  ],
  gbk: [["b0a1 a2e3 80 81308130", "啊€€\x80"]],
  "iso-2022-jp": [
    ["41 1b2442 3021 1b284a 5c7e 1b2849 31 1b2842 41", "A亜¥‾ｱA"],
    ["1b2842 1b2442 3021", "\ufffd亜"],
    ["1b41 1b2441 1b24", "\ufffdA\ufffd$A\ufffd$"],
    ["0e 0f 80", "\ufffd\ufffd\ufffd"],
    ["1b2440 30 1b2842 41", "\ufffdA"],
    ["1b2442 3080 2121 30", "\ufffd\u3000\ufffd"],
    ["1b2849 20 60", "\ufffd\ufffd"],
  ],
  shift_jis: [
    ["41 80 b1 889f f040 fa40", "A\x80ｱ亜\ue000ⅰ"],
    ["8150 8540 85a0 817f a0 fd 88", "￣\ufffd@\ufffd\ufffd\x7f\ufffd\ufffd\ufffd"],
  ],
};

function parse(hex: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array((hex.match(/[0-9a-f]{2}/g) ?? []).map((byte) => parseInt(byte, 16)));
}

function inTwo(label: string, bytes: Uint8Array<ArrayBuffer>, at: number): string {
  const decoder = new TextDecoder(label);
  return decoder.decode(bytes.subarray(0, at), { stream: true }) + decoder.decode(bytes.subarray(at));
}

test("TextDecoder: encodings of several bytes", () => {
  for (const [label, rows] of Object.entries(table)) {
    for (const [hex, text] of rows) {
      equal(new TextDecoder(label).decode(parse(hex)), text, `${label} ${hex}`);
      const fatal = new TextDecoder(label, { fatal: true });
      if (!text.includes("\ufffd")) {
        equal(fatal.decode(parse(hex)), text);
      } else {
        throws(() => fatal.decode(parse(hex)), TypeError);
        equal(fatal.decode(parse("41")), "A", `${label} after an error`);
      }
    }
  }
});

test("TextDecoder: characters cut by the end of a chunk", () => {
  for (const [label, rows] of Object.entries(table)) {
    for (const [hex, text] of rows) {
      const bytes = parse(hex);
      for (let at = 0; at <= bytes.length; at++) equal(inTwo(label, bytes, at), text, `${label} ${hex} at ${at}`);
    }
  }
});

test("TextDecoder: noise is the same text, however it is cut", () => {
  let seed = 1;
  const noise = new Uint8Array(400).map(() => (seed = (seed * 48271) % 0x7fffffff) >> 8);
  for (const label of Object.keys(table)) {
    const text = new TextDecoder(label).decode(noise);
    ok(text.includes("\ufffd"), label);
    for (let at = 0; at < noise.length; at += 7) equal(inTwo(label, noise, at), text, label);
  }
});

test("TextDecoder: U+FFFD of gb18030 is a character", () => {
  equal(new TextDecoder("gb18030", { fatal: true }).decode(parse("8431a437")), "\ufffd");
});

test("TextDecoder: an escape sequence reaches into the next chunk, and not into the next text", () => {
  const decoder = new TextDecoder("iso-2022-jp");
  equal(decoder.decode(parse("1b2442"), { stream: true }), "");
  equal(decoder.decode(parse("3021"), { stream: true }), "亜");
  equal(decoder.decode(parse("3021")), "亜");
  equal(decoder.decode(parse("3021")), "0!");
});

// The indexes of the encodings of several bytes: what each pointer stands for, 0 where it stands for nothing.
// https://encoding.spec.whatwg.org/#indexes — they come out of the converters of the ICU that V8 carries, when they are
// first asked for: an isolate that decodes no such text has none of them.

import { Uint8Array } from "../core/primordials.ts";

const { codePoints } = __host;

export type Index = Readonly<Uint32Array>;

/** How many trail bytes there are for a lead byte of Big5, of Shift_JIS, and of EUC-KR and GBK. */
export const big5Trails = 157;
export const shiftJISTrails = 188;
export const wideTrails = 190;
/** How many rows, and columns in each, JIS X 0208 and 0212 have. */
export const jisCells = 94;
/** The pointers of four bytes of gb18030 whose code points are in the BMP. */
export const gb18030Ranges = 39420;

/** An index, made once: byteAt is byte i of the character of a pointer; changes are pointers, each with its code point. */
function lazyIndex(
  converter: string,
  count: number,
  size: number,
  byteAt: (pointer: number, i: number) => number,
  changes: readonly number[] = [],
): () => Index {
  let index: Index | undefined;
  return () => {
    if (index !== undefined) return index;
    const characters = new Uint8Array(count * size);
    for (let at = 0; at < characters.length; at++) characters[at] = byteAt((at / size) | 0, at % size);
    const found = codePoints(converter, characters, size)!;
    for (let i = 0; i < changes.length; i += 2) found[changes[i]!] = changes[i + 1]!;
    return (index = found);
  };
}

export const indexBig5 = lazyIndex("big5-html", 126 * big5Trails, 2, (pointer, i) => {
  if (i === 0) return 0x81 + ((pointer / big5Trails) | 0);
  const trail = pointer % big5Trails;
  return trail + (trail < 0x3f ? 0x40 : 0x62);
});

export const indexEUCKR = lazyIndex("euc-kr-html", 126 * wideTrails, 2, (pointer, i) =>
  i === 0 ? 0x81 + ((pointer / wideTrails) | 0) : 0x41 + (pointer % wideTrails),
);

/** What GB 18030-2022 took out of the private use area, as pointers, each with its code point; ICU has the version of 2005. */
const changedIn2022: readonly number[] = [
  7182, 0xfe10, 7183, 0xfe12, 7184, 0xfe11, 7185, 0xfe13, 7186, 0xfe14, 7187, 0xfe15, 7188, 0xfe16, 7201, 0xfe17, 7202, 0xfe18,
  7208, 0xfe19, 23775, 0x9fb4, 23783, 0x9fb5, 23788, 0x9fb6, 23789, 0x9fb7, 23795, 0x9fb8, 23812, 0x9fb9, 23829, 0x9fba, 23845, 0x9fbb,
];

export const indexGB18030 = lazyIndex(
  "gb18030",
  126 * wideTrails,
  2,
  (pointer, i) => {
    if (i === 0) return 0x81 + ((pointer / wideTrails) | 0);
    const trail = pointer % wideTrails;
    return trail + (trail < 0x3f ? 0x40 : 0x41);
  },
  changedIn2022,
);

export const indexGB18030Ranges = lazyIndex(
  "gb18030",
  gb18030Ranges,
  4,
  (pointer, i) => {
    switch (i) {
      case 0:
        return 0x81 + ((pointer / 12600) | 0);
      case 1:
        return 0x30 + (((pointer / 1260) | 0) % 10);
      case 2:
        return 0x81 + (((pointer / 10) | 0) % 126);
      default:
        return 0x30 + (pointer % 10);
    }
  },
  [39417, 0xfffd], // which codePoints takes for nothing
);

export const indexJIS0208 = lazyIndex("shift_jis-html", 60 * shiftJISTrails, 2, (pointer, i) => {
  if (i === 0) {
    const lead = (pointer / shiftJISTrails) | 0;
    return lead + (lead < 0x1f ? 0x81 : 0xc1);
  }
  const trail = pointer % shiftJISTrails;
  return trail + (trail < 0x3f ? 0x40 : 0x41);
});

export const indexJIS0212 = lazyIndex("euc-jp-html", jisCells * jisCells, 3, (pointer, i) =>
  i === 0 ? 0x8f : 0xa1 + (i === 1 ? (pointer / jisCells) | 0 : pointer % jisCells),
);

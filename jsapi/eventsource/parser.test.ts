import { deepEqual, equal, test, throws } from "../core/testing.ts";
import { Parser } from "./parser.ts";

const encoder = new TextEncoder();

/** The events of a stream that comes in pieces of so many bytes. */
function events(text: string, size: number): unknown[] {
  const list: unknown[] = [];
  const parser = new Parser(
    {
      event: (type, data, id) => list.push(type === "" ? `id ${id}` : [type, data, id]),
      retry: (milliseconds) => list.push(milliseconds),
    },
    "",
  );
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size));
  return list;
}

const streams: [name: string, stream: string, events: unknown[]][] = [
  ["lines of data", "data: YHOO\ndata: +2\ndata: 10\n\n", [["message", "YHOO\n+2\n10", ""]]],
  ["comments, ids and an unfinished event", ": test\n\ndata: first\nid: 1\n\ndata:second\nid\n\ndata:  third", ["id ", ["message", "first", "1"], ["message", "second", ""]]],
  ["empty data", "data\n\ndata\ndata\n\ndata:", [["message", "", ""], ["message", "\n", ""]]],
  ["a space that is dropped", "data:test\n\ndata: test\n\n", [["message", "test", ""], ["message", "test", ""]]],
  ["CR, LF and CR LF", "data: a\rdata: b\r\ndata: c\n\r\n", [["message", "a\nb\nc", ""]]],
  ["a byte order mark", "\ufeffdata: a\n\n", [["message", "a", ""]]],
  ["a type", "event: add\ndata: 7\n\n", [["add", "7", ""]]],
  ["a time to wait", "retry: 10\nretry: 1x\n\n", [10, "id "]],
  ["an id with NUL", "id: 1\nid: a\0b\ndata: x\n\n", [["message", "x", "1"]]],
  ["characters of several bytes", "data: h\u00e9\u20ac\ud83d\ude00\n\n", [["message", "h\u00e9\u20ac\ud83d\ude00", ""]]],
  ["a field that nobody knows", "what: x\ndata: a\n\n", [["message", "a", ""]]],
];

for (const [name, stream, expected] of streams) {
  for (const size of [1, 2, 7, 1000]) {
    test(`event stream: ${name}, ${size} bytes at a time`, () => deepEqual(events(stream, size), expected));
  }
}

test("event stream: a line that never ends is refused", () => {
  const parser = new Parser({ event: () => {}, retry: () => {} }, "");
  const piece = new Uint8Array(300_000).fill(97);
  deepEqual([1, 2, 3, 4].map(() => parser.push(piece)), [true, true, true, false]);
});

test("EventSource: what it can be made of", () => {
  throws(() => new (EventSource as any)(), TypeError);
  throws(() => (EventSource as any)("http://x/"), TypeError);
  throws(() => new EventSource("/relative"), "SyntaxError");
  equal(EventSource.CLOSED, 2);
});

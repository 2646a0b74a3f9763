import { deepEqual, equal, ok, rejects, test, throws } from "../core/testing.ts";

const formats: CompressionFormat[] = ["gzip", "deflate", "deflate-raw", "brotli", "zstd"];

async function through(input: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  return new Uint8Array(await new Response(new Blob([input]).stream().pipeThrough(stream)).arrayBuffer());
}

test("compression: there and back", async () => {
  const large = new Uint8Array(300_000).map((_, i) => (i * i) >> 7);
  for (const format of formats) {
    for (const input of [large, new Uint8Array(0), new Uint8Array([1])]) {
      const packed = await through(input, new CompressionStream(format));
      deepEqual(await through(packed as never, new DecompressionStream(format)), input, format);
    }
  }
});

test("decompression: what is cut off, garbled or followed by something", async () => {
  for (const format of formats) {
    const packed = await through(new TextEncoder().encode("a text, a text, a text"), new CompressionStream(format));
    await rejects(through(packed.slice(0, -2) as never, new DecompressionStream(format)), TypeError);
    await rejects(through(new Uint8Array([...packed, 1, 2, 3]), new DecompressionStream(format)), TypeError);
    await rejects(through(new Uint8Array(64).fill(0xfb), new DecompressionStream(format)), TypeError);
  }
});

test("decompression: a bomb is unpacked as far as somebody reads", async () => {
  const zeros = new Uint8Array(1 << 20);
  let left = 256;
  const source = new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(zeros);
      else controller.close();
    },
  });
  const packed = await new Response(source.pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
  ok(packed.byteLength < 1 << 20);
  const bomb = new DecompressionStream("gzip");
  const writer = bomb.writable.getWriter();
  writer.write(packed).catch(() => {});
  writer.close().catch(() => {});
  const reader = bomb.readable.getReader();
  ok((await reader.read()).value!.byteLength <= 1 << 20);
  await reader.cancel();
});

test("compression: arguments and chunks", async () => {
  throws(() => new CompressionStream("lzw" as never), TypeError);
  throws(() => new (CompressionStream as any)(), TypeError);
  const { readable, writable } = new CompressionStream("gzip");
  readable.getReader().read().catch(() => {});
  await rejects(writable.getWriter().write("text" as never), TypeError);
  equal(Object.prototype.toString.call(new DecompressionStream("gzip")), "[object DecompressionStream]");
});

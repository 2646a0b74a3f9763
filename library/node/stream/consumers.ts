// node:stream/consumers: all of a stream as one value.
import { Buffer } from "node:buffer";

type Source = AsyncIterable<Uint8Array<ArrayBuffer> | string>;

async function blob(stream: Source): Promise<Blob> {
  const parts: (Uint8Array<ArrayBuffer> | string)[] = [];
  for await (const part of stream) parts.push(part);
  return new Blob(parts);
}

export default {
  blob,
  arrayBuffer: async (stream: Source) => (await blob(stream)).arrayBuffer(),
  bytes: async (stream: Source) => (await blob(stream)).bytes(),
  text: async (stream: Source) => (await blob(stream)).text(),
  json: async (stream: Source) => JSON.parse(await (await blob(stream)).text()),
  buffer: async (stream: Source) => Buffer.from(await (await blob(stream)).arrayBuffer()),
};

// node:stream: the package readable-stream, which is made of Node's own, and the way to and from the
// streams of the Web.
import Stream from "readable-stream/lib/stream.js";

function bytes(chunk: unknown): unknown {
  return chunk instanceof Uint8Array ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength) : chunk;
}

const { Readable, Writable, Duplex, finished } = Stream;

Readable.toWeb = (readable: any): ReadableStream => {
  readable.on("error", () => {}); // who reads hears of it, and it is nobody else's
  const chunks = readable[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(bytes(value));
    },
    async cancel(reason) {
      readable.destroy(reason instanceof Error ? reason : undefined);
    },
  }, { highWaterMark: 0 });
};

Readable.fromWeb = (stream: ReadableStream, options: object = {}) => {
  const reader = stream.getReader();
  const readable = new Readable({
    ...options,
    read() {
      reader.read().then(
        ({ value, done }) => this.push(done ? null : value),
        (reason: unknown) => this.destroy(reason),
      );
    },
    destroy(error: unknown, done: (error?: unknown) => void) {
      reader.cancel(error).then(() => done(error), () => done(error));
    },
  });
  reader.closed.catch((reason) => readable.destroy(reason));
  return readable;
};

Writable.toWeb = (writable: any): WritableStream =>
  new WritableStream({
    start(controller) {
      finished(writable, { readable: false }, (error: unknown) => {
        if (error) controller.error(error);
      });
    },
    write(chunk) {
      return new Promise((resolve, reject) => writable.write(chunk, (error: unknown) => (error ? reject(error) : resolve())));
    },
    close() {
      return new Promise((resolve) => writable.end(resolve));
    },
    abort(reason) {
      writable.destroy(reason instanceof Error ? reason : undefined);
    },
  });

Writable.fromWeb = (stream: WritableStream, options: object = {}) => {
  const writer = stream.getWriter();
  return new Writable({
    ...options,
    write(chunk: unknown, _encoding: string, done: (error?: unknown) => void) {
      writer.write(bytes(chunk)).then(() => done(), done);
    },
    final(done: (error?: unknown) => void) {
      writer.close().then(() => done(), done);
    },
    destroy(error: unknown, done: (error?: unknown) => void) {
      if (error) writer.abort(error).then(() => done(error), () => done(error));
      else done();
    },
  });
};

Duplex.toWeb = (duplex: unknown) => ({ readable: Readable.toWeb(duplex), writable: Writable.toWeb(duplex) });

export default Stream;

// What the tests of streams share.

const { ReadableStream, WritableStream } = globalThis as any;

/** A stream of values. */
export function streamOf(...values: unknown[]): any {
  return new ReadableStream({
    start(controller: any) {
      for (const value of values) controller.enqueue(value);
      controller.close();
    },
  });
}

/** The chunks of a stream. */
export async function chunksOf(stream: any): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

/** A sink that keeps what it is given, and how it ended. */
export function collector(): { stream: any; events: unknown[] } {
  const events: unknown[] = [];
  const stream = new WritableStream({
    write: (chunk: unknown) => void events.push(chunk),
    close: () => void events.push("close"),
    abort: (reason: unknown) => void events.push("abort", reason),
  });
  return { stream, events };
}

// Has the host compress noise for ever.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default async function () {
  const noise = crypto.getRandomValues(new Uint8Array(65536));
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(noise) });
  for await (const _ of endless.pipeThrough(new CompressionStream("brotli")));
}

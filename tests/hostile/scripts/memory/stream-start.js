// A stream that is filled in start(), whatever its reader wants.
// outcome: exceeded-memory | exceeded-cpu
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

export default function () {
  return new Response(new ReadableStream({ start(c) { for (;;) c.enqueue(new Uint8Array(65536)); } }));
}

// A stream that enqueues more with each timer, and a client that is slower.
// outcome: exceeded-memory | exceeded-cpu | ok | client-gone
// then: ok
// reads: 1000
// limits: cpu = "5s" | memory = "24MiB"

export default function () {
  return new Response(new ReadableStream({ start(c) { setInterval(() => { for (let i = 0; i < 100; i++) c.enqueue(new Uint8Array(65536)); }, 1); } }));
}

// Makes and forgets buffers faster than they are collected.
// outcome: ok | exceeded-memory | exceeded-cpu | exceeded-wall
// then: ok
// limits: cpu = "5s" | memory = "64MiB"

export default function () {
  for (let i = 0; i < 50; i++) new Uint8Array(16 << 20).fill(i);
  return new Response("all forgotten");
}

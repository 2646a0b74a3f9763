// Formats and collators of all kinds, which live outside of V8's heap.
// outcome: exceeded-cpu | exceeded-memory
// status: 503
// then: ok
// limits: cpu = "500ms" | memory = "24MiB"

export default function () {
  const kept = [];
  for (;;) kept.push(new Intl.DateTimeFormat("de", { dateStyle: "full" }), new Intl.Collator("sv"), new Intl.NumberFormat("hi", { style: "currency", currency: "INR" }), new Intl.Segmenter("th"));
}

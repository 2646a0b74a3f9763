// A replacement that is longer each time.
// outcome: exceeded-memory | exception | exceeded-cpu
// then: ok
// limits: cpu = "1s" | memory = "24MiB"

export default function () {
  let text = "a";
  for (;;) text = text.replace(/a/g, "$&$&$`").slice(0, 5e6);
}

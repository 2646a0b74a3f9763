// Host names that are long, and in scripts that have to be mapped and encoded.
// outcome: exceeded-cpu | exception
// then: ok

export default function () {
  for (let n = 10; ; n = Math.min(n * 2, 1e6)) try { new URL("http://" + "\u{1F408}ü\u0301ß.".repeat(n) + "xn--" + "a".repeat(n)); } catch {}
}

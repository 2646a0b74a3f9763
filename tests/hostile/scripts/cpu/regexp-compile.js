// Regular expressions without number, each to be compiled.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default function () {
  for (let i = 1; ; i++) new RegExp(`(?:a{0,${i % 999}}|[^${i}]*?){2}(?<n${i}>b|c)+\\k<n${i}>`, "dgimsuy").exec("abcabc" + i);
}

// Imports what is not there, and itself, without end.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default async function () {
  for (let i = 0; ; i++) {
    const name = ["./script.js", "hedge:internal/" + i, "data:text/javascript,export default " + i, "../".repeat(i % 999) + "etc/passwd", "http://127.0.0.1:1/"][i % 5];
    await import(name).catch(() => {});
  }
}

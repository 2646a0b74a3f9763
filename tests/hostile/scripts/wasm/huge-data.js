// A module that is invalid in every way that a section can be too long.
// outcome: exception
// status: 500
// then: ok

export default async function () {
  const failures = [];
  for (let section = 0; section < 20; section++) for (const size of [[0], [127], [255, 255, 255, 255, 15], [255, 255, 255, 255, 127], [128, 128, 128, 128, 0]]) {
    try { await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, section, ...size, 255, 255, 255, 255, 15, 1, 2, 3])); } catch (e) { failures.push(e); }
  }
  throw failures.at(-1);
}

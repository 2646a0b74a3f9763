// A blob that is made of itself, sixty times, and then read.
// outcome: exceeded-memory | exception | exceeded-cpu
// then: ok

export default async function () {
  let blob = new Blob(["0123456789"]);
  for (let i = 0; i < 60; i++) blob = new Blob([blob, blob]);
  return new Response(await blob.arrayBuffer());
}

// The same in String.prototype.replace, with lookbehind and back-references.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default function () {
  return new Response("x".repeat(200).replace(/(?<=(x+x+)+)(x+x+)+\1\2y/gu, (all) => all + all));
}

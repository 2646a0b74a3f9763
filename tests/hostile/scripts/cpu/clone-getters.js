// structuredClone calls getters that clone.
// outcome: exception | exceeded-cpu
// then: ok

export default function () {
  const object = { get again() { return structuredClone(object); } };
  return new Response(`${structuredClone(object)}`);
}

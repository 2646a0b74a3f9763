// structuredClone of a list that is a million deep.
// outcome: exception | exceeded-cpu | exceeded-memory
// then: ok

export default function () {
  let list = null;
  for (let i = 0; i < 1e6; i++) list = { list };
  return new Response(`${structuredClone(list).list}`);
}

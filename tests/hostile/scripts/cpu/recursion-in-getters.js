// JSON.stringify calls getters that call JSON.stringify, until the stack ends in the engine.
// outcome: exception
// status: 500
// then: ok

export default function () {
  const deep = { get inner() { return JSON.stringify(deep); } };
  return new Response(JSON.stringify(deep));
}

// Answers with an object that has the prototype of a response, and nothing else.
// outcome: no-response | exception
// status: 500
// then: ok

export default function () {
  return Object.assign(Object.create(Response.prototype, { status: { value: 200 }, body: { value: "x" } }), { [Symbol.toStringTag]: "Response" });
}

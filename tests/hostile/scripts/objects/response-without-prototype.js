// A response that has lost its prototype, with a null in its place.
// outcome: ok | no-response | exception
// then: ok

export default function () {
  return Object.setPrototypeOf(new Response("x"), null);
}

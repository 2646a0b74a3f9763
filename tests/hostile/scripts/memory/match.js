// Two hundred million matches, which no limit of V8's stops: it is killed, or ends its process first.
// outcome: exceeded-memory | exceeded-cpu | isolate-lost | cordon-lost
// then: ok
// needs: cordon

export default function () {
  return new Response(`${"x".repeat(2e8).match(/x/g).length}`);
}

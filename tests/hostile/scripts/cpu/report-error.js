// A listener for errors that reports the errors it is told of.
// outcome: exceeded-cpu | ok
// then: ok

export default function () {
  addEventListener("error", (event) => { reportError(event.error); throw event.error; });
  for (let i = 0; i < 1e5; i++) reportError(new Error("again"));
  return new Response("done");
}
